//! Files with what is on the screen: the frame as text, and the snapshot as JSON.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::Path,
};

use crate::{model::Model, view::to_text};

/// Writes both files to the current directory. Returns in words what was written.
pub(super) fn write(model: &Model) -> io::Result<String> {
    write_to(Path::new("."), model)
}

fn write_to(folder: &Path, model: &Model) -> io::Result<String> {
    let (width, height) = model.size;
    let snapshot = model.shown().snapshot.as_deref();
    let stem = format!("cuckoo-{}", snapshot.map_or(0, |snapshot| snapshot.taken_at));
    let document = serde_json::to_vec_pretty(&snapshot).map_err(io::Error::other)?;
    for (ending, content) in [("txt", to_text(model, width, height).into_bytes()), ("json", document)] {
        let path = folder.join(format!("{stem}.{ending}"));
        // What is there already stays.
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        file.write_all(&content)?;
    }
    Ok(format!("wrote {stem}.txt and {stem}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Demo, Msg, Palette, begin, update};

    #[test]
    fn a_frame_and_a_snapshot_are_written_once() {
        let folder = std::env::temp_dir().join(format!("cuckoo-export-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let mut model = begin(Palette::Plain, true);
        update(&mut model, Msg::Resize { width: 80, height: 24 });
        update(&mut model, Msg::Snapshot { snapshot: std::sync::Arc::new(Demo::new(1).snapshot()), now: 0 });
        let said = write_to(&folder, &model).expect("writes");
        assert!(said.starts_with("wrote cuckoo-"), "{said}");
        let files: Vec<_> = std::fs::read_dir(&folder).expect("reads").flatten().map(|file| file.path()).collect();
        assert_eq!(files.len(), 2);
        let json = files.iter().find(|path| path.extension().is_some_and(|ending| ending == "json")).expect("a file");
        let read: cuckoo_protocol::status::Snapshot =
            serde_json::from_slice(&std::fs::read(json).expect("reads")).expect("a snapshot");
        assert_eq!(read, Demo::new(1).snapshot());
        assert!(write_to(&folder, &model).is_err(), "nothing is written over");
        std::fs::remove_dir_all(&folder).expect("removes");
    }
}
