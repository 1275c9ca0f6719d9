//! What a node reads in a database when it starts is on the disk before anything follows from it.

use std::{
    fs::OpenOptions,
    io::{self, Read},
    os::unix::fs::FileExt,
    path::Path,
};

use rusqlite::{Connection, Error, ffi};

/// Writes the write-ahead log of a database again as it is read, and syncs it. Where a sync has failed, Linux goes on showing what it
/// could not write and never tries again: without this, what comes later would stand behind a gap, and a power cut would take all of it.
pub(super) fn write_again(connection: &Connection, database: &Path) -> rusqlite::Result<()> {
    // Nobody else writes to it meanwhile.
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let written = copy_onto_itself(database).map_err(|error| {
        Error::SqliteFailure(
            ffi::Error::new(ffi::SQLITE_IOERR_WRITE),
            Some(format!("its log cannot be written: {error}")),
        )
    });
    connection.execute_batch("ROLLBACK")?;
    written
}

fn copy_onto_itself(database: &Path) -> io::Result<()> {
    let mut path = database.as_os_str().to_owned();
    path.push("-wal");
    let mut log = match OpenOptions::new().read(true).write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        log => log?,
    };
    let (mut place, mut block) = (0, vec![0; 1 << 20]);
    loop {
        let length = log.read(&mut block)?;
        if length == 0 {
            return log.sync_all();
        }
        log.write_all_at(&block[..length], place)?;
        place += length as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_again_is_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.db");
        let connection = Connection::open(&path).expect("opens");
        connection.pragma_update(None, "journal_mode", "WAL").expect("set");
        connection.execute_batch("CREATE TABLE a (b); INSERT INTO a VALUES (zeroblob(3000000));").expect("written");
        let before = std::fs::read(folder.path().join("a.db-wal")).expect("read");
        assert!(before.len() > 2 << 20);
        write_again(&connection, &path).expect("written");
        assert_eq!(std::fs::read(folder.path().join("a.db-wal")).expect("read"), before);
        connection.execute_batch("INSERT INTO a VALUES (1)").expect("nothing is locked");
    }
}
