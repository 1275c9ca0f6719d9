//! Files that only their owner may read.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Writes a new file with mode 0600 and syncs it. Fails when it exists.
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Writes a file with mode 0600 in the place of the one that may be there, and makes its directory. A crash or a power cut leaves
/// the old file or the new one whole, and once this has returned, the new one. Errors name the path.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let describe = |error: io::Error| io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()));
    write_and_sync(path, content).map_err(describe)
}

fn write_and_sync(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    // The name is in the directory, which has a sync of its own.
    fs::File::open(folder)?.sync_all()
}

/// 32 random bytes that are made at the first call and read back at every other.
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
