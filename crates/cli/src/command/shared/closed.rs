//! What on a path others than its owner and group cannot read, as the user of a unit cannot.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

/// The part of a path that others than its owner and group cannot pass or read. Nothing is known of what is not there.
pub(super) fn closed_part(path: &Path) -> Option<&Path> {
    let lacks = |part: &Path, needed: u32| {
        fs::metadata(part).is_ok_and(|found| {
            let needed = if found.is_dir() && part == path { 0o5 } else { needed };
            found.permissions().mode() & needed != needed
        })
    };
    let above = path.ancestors().skip(1).filter(|part| lacks(part, 0o1)).last();
    above.or_else(|| lacks(path, 0o4).then_some(path))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn what_others_cannot_read_is_found() {
        let home = tempfile::tempdir().expect("a directory");
        let (folder, file) = (home.path().join("folder"), home.path().join("folder/file"));
        fs::create_dir(&folder).expect("a directory");
        fs::write(&file, "").expect("written");
        let open = |path: &Path, mode| fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("changed");
        open(home.path(), 0o755);
        for (of_folder, of_file, closed, closed_folder) in [
            (0o755, 0o644, None, None),
            (0o755, 0o640, Some(&file), None),
            (0o700, 0o644, Some(&folder), Some(&folder)),
            (0o711, 0o644, None, Some(&folder)),
        ] {
            open(&folder, of_folder);
            open(&file, of_file);
            assert_eq!(closed_part(&file), closed.map(PathBuf::as_path), "{of_folder:o} {of_file:o}");
            assert_eq!(closed_part(&folder), closed_folder.map(PathBuf::as_path), "{of_folder:o}");
        }
        assert_eq!(closed_part(&home.path().join("nothing")), None);
    }
}
