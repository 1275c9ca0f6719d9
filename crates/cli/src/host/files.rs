//! Writes files that only their owner may read: a new one, one in the place of another, and random secrets.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::Path,
};

use tempfile::{NamedTempFile, PersistError};

/// Writes a new file with mode 0600: after a crash or a power cut it is whole or not there, and once this has returned, it is there.
/// Fails when it exists.
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    // A temporary file cannot be made beside a device or a pipe.
    if path.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    write_and_sync(path, content, NamedTempFile::persist_noclobber)
}

/// Writes a file with mode 0600 in the place of the one that may be there, and makes its directory. A crash or a power cut
/// leaves the old file or the new one whole, and once this has returned, the new one. Errors name the path. The caller changes
/// the mode afterwards, each time, of a file that others have to read.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let describe = |error: io::Error| io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()));
    make_directory(folder_of(path)).map_err(describe)?;
    write_and_sync(path, content, NamedTempFile::persist).map_err(describe)
}

/// Makes a node's directory, which nobody else may look into: a node keeps prompts there. What this process writes from now on is its
/// owner's alone, and what an earlier one left open is closed.
pub fn private_directory(path: &Path) -> io::Result<()> {
    keep_private();
    make_directory(path)?;
    close_to_others(path)?;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            close_to_others(&entry.path())?;
        }
    }
    Ok(())
}

/// Makes a directory and those above it that are missing. Once this has returned, a power cut leaves them there.
pub fn make_directory(path: &Path) -> io::Result<()> {
    make_directories(path, 0o777)
}

/// The same for directories that nobody else may look into.
pub fn make_private_directory(path: &Path) -> io::Result<()> {
    make_directories(path, 0o700)
}

fn make_directories(path: &Path, mode: u32) -> io::Result<()> {
    // Without a name it is the working directory: the parent of a file that is named alone.
    if path.is_dir() || path.as_os_str().is_empty() {
        return Ok(());
    }
    let parent = folder_of(path);
    if path.parent().is_some() {
        make_directories(parent, mode)?;
    }
    match fs::DirBuilder::new().mode(mode).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        // Another process has made it, or a file is in its place: the next write there fails and says so.
        _ => {}
    }
    sync_directory(parent)
}

/// Makes the names in a directory durable.
pub fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Removes a file. Once this has returned, a power cut does not bring it back.
pub fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    sync_directory(folder_of(path))
}

/// Moves a file. Once this has returned, a power cut leaves it at its new place, and at that alone.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    sync_directory(folder_of(to))?;
    sync_directory(folder_of(from))
}

/// Makes a new file durable at its place, where it was written otherwise than by [`replace`].
pub fn sync_new(file: &File, path: &Path) -> io::Result<()> {
    file.sync_all()?;
    sync_directory(folder_of(path))
}

/// Takes from everybody but its owner what they may do with a file. One that has vanished needs none of that, and one that belongs to
/// somebody else is left as it is: Kubernetes gives folders to a group, and files of another user are that user's to close.
fn close_to_others(path: &Path) -> io::Result<()> {
    let close = || {
        let mode = fs::metadata(path)?.permissions().mode();
        if mode & 0o077 == 0 { Ok(()) } else { fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o7700)) }
    };
    match close() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            tracing::warn!(path = %path.display(), %error, "others may be able to read what the node keeps here");
            Ok(())
        }
        closed => closed,
    }
}

/// Lets nobody but the owner read what this process writes from now on.
pub fn keep_private() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn write_and_sync<'path>(
    path: &'path Path,
    content: &[u8],
    persist: impl FnOnce(NamedTempFile, &'path Path) -> Result<File, PersistError>,
) -> io::Result<()> {
    let folder = folder_of(path);
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    persist(file, path)?;
    // The file's name is in the directory, which has to be synced as well.
    sync_directory(folder)
}

/// Reads 32 random bytes, which the first call makes.
pub fn secret(path: &Path) -> io::Result<[u8; 32]> {
    match fs::read(path) {
        Ok(bytes) => bytes.try_into().map_err(|_| {
            io::Error::new(io::ErrorKind::InvalidData, "it does not hold 32 bytes; remove it to make a new one")
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = rand::random::<[u8; 32]>();
            write_private(path, &secret)?;
            Ok(secret)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("exists").permissions().mode() & 0o777
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_over() {
        let directory = tempfile::tempdir().expect("a directory");
        let folder = directory.path().join("made/on/the/way");
        let path = folder.join("file");
        replace(&path, b"a long first text").expect("written");
        assert_eq!(mode(&path), 0o600);
        replace(&path, b"short").expect("replaced");
        assert_eq!(fs::read(&path).expect("reads"), b"short");
        let names: Vec<_> =
            fs::read_dir(&folder).expect("a directory").map(|entry| entry.expect("reads").path()).collect();
        assert_eq!(names, [path]);
    }

    #[test]
    fn a_replaced_file_is_private_again_until_the_caller_says_otherwise() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("file");
        replace(&path, b"first").expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("set");
        assert_eq!(mode(&path), 0o644);
        replace(&path, b"second").expect("replaced");
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn a_failed_write_names_the_path_and_leaves_what_was_there() {
        let directory = tempfile::tempdir().expect("a directory");
        // A directory cannot be replaced by a file, and a file cannot hold one.
        let path = directory.path().join("taken");
        fs::create_dir(&path).expect("made");
        for path in [path.clone(), directory.path().join("file/below")] {
            fs::write(directory.path().join("file"), b"kept").expect("written");
            let error = replace(&path, b"text").expect_err("refused").to_string();
            assert!(error.contains(&path.display().to_string()), "{error}");
            assert_eq!(fs::read(directory.path().join("file")).expect("reads"), b"kept");
            assert_eq!(fs::read_dir(directory.path()).expect("a directory").count(), 2);
        }
        let error = write_private(&directory.path().join("file"), b"text").expect_err("refused");
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(directory.path().join("file")).expect("reads"), b"kept");
        assert_eq!(fs::read_dir(directory.path()).expect("a directory").count(), 2);
    }

    #[test]
    fn a_secret_is_made_once_and_is_private() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("secret");
        let made = secret(&path).expect("made");
        assert_eq!((secret(&path).expect("reads"), mode(&path)), (made, 0o600));
        fs::write(&path, b"short").expect("written");
        assert_eq!(secret(&path).expect_err("refused").kind(), io::ErrorKind::InvalidData);
        assert_eq!(fs::read(&path).expect("reads"), b"short");
    }

    #[test]
    fn v17_what_a_node_keeps_is_its_owners_alone_and_what_was_open_is_closed() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        fs::create_dir(&data).expect("made");
        fs::write(data.join("journal.db"), "a prompt").expect("written");
        fs::write(data.join("engine"), "a program").expect("written");
        std::os::unix::fs::symlink("nowhere", data.join("gone")).expect("made");
        let opened = [("", 0o755), ("journal.db", 0o644), ("engine", 0o755)];
        for (path, open) in opened.map(|(name, open)| (data.join(name), open)) {
            fs::set_permissions(path, fs::Permissions::from_mode(open)).expect("set");
        }
        private_directory(&data).expect("closed");
        fs::write(data.join("new"), "another").expect("written");
        fs::create_dir(data.join("evidence")).expect("made");
        let modes = ["", "journal.db", "engine", "new", "evidence"].map(|name| mode(&data.join(name)));
        assert_eq!(modes, [0o700, 0o600, 0o700, 0o600, 0o700]);
        close_to_others(&data.join("vanished")).expect("nothing to close");
    }
}
