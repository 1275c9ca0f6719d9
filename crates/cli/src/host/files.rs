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

/// Writes a file with mode 0600 in the place of the one that may be there, so that a crash leaves the one or the other whole.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
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
