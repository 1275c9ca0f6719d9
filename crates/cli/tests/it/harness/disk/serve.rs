//! The kernel's questions about a disk (`/dev/fuse`, protocol 7.31), and what is said to them.

use std::{
    fs::File,
    io::{self, Read, Write},
    sync::Arc,
    time::Duration,
};

use super::{
    Shared,
    tree::{EINVAL, EIO, ENOENT, Errno, FILE, FOLDER, Inode, Kind, Tree},
};

const LOOKUP: u32 = 1;
const FORGET: u32 = 2;
const GETATTR: u32 = 3;
const SETATTR: u32 = 4;
const MKDIR: u32 = 9;
const UNLINK: u32 = 10;
const RMDIR: u32 = 11;
const RENAME: u32 = 12;
const LINK: u32 = 13;
const OPEN: u32 = 14;
const READ: u32 = 15;
const WRITE: u32 = 16;
const STATFS: u32 = 17;
const RELEASE: u32 = 18;
const FSYNC: u32 = 20;
const INIT: u32 = 26;
const OPENDIR: u32 = 27;
const READDIR: u32 = 28;
const RELEASEDIR: u32 = 29;
const FSYNCDIR: u32 = 30;
const CREATE: u32 = 35;
const INTERRUPT: u32 = 36;
const DESTROY: u32 = 38;
const BATCH_FORGET: u32 = 42;
const RENAME2: u32 = 45;

const EPERM: Errno = 1;
const EINTR: Errno = 4;
const EAGAIN: Errno = 11;
const ENODEV: Errno = 19;
const ENOSYS: Errno = 38;
const ECONNABORTED: Errno = 103;

/// The most bytes of one write.
const MOST: u32 = 128 * 1024;
/// Writes may be longer than a page.
const BIG_WRITES: u32 = 1 << 5;
const NO_REPLACE: u32 = 1;
const SIZE: u32 = 1 << 3;
const MODE: u32 = 1;

/// The fields of a message, one after the other.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Errno> {
        let (first, rest) = self.0.split_first_chunk::<N>().ok_or(EINVAL)?;
        self.0 = rest;
        Ok(*first)
    }

    fn u32(&mut self) -> Result<u32, Errno> {
        self.take().map(u32::from_ne_bytes)
    }

    fn u64(&mut self) -> Result<u64, Errno> {
        self.take().map(u64::from_ne_bytes)
    }

    fn skip(&mut self, bytes: usize) -> Result<(), Errno> {
        self.0 = self.0.get(bytes..).ok_or(EINVAL)?;
        Ok(())
    }

    /// A name, which ends with a zero.
    fn name(&mut self) -> Result<&'a [u8], Errno> {
        let end = self.0.iter().position(|byte| *byte == 0).ok_or(EINVAL)?;
        let name = &self.0[..end];
        self.0 = &self.0[end + 1..];
        Ok(name)
    }
}

/// An answer, field by field.
#[derive(Default)]
struct Answer(Vec<u8>);

impl Answer {
    fn u16(mut self, value: u16) -> Self {
        self.0.extend(value.to_ne_bytes());
        self
    }

    fn u32(mut self, value: u32) -> Self {
        self.0.extend(value.to_ne_bytes());
        self
    }

    fn u64(mut self, value: u64) -> Self {
        self.0.extend(value.to_ne_bytes());
        self
    }

    fn zeros(mut self, count: usize) -> Self {
        self.0.resize(self.0.len() + count, 0);
        self
    }

    fn attributes(self, tree: &Tree, inode: Inode) -> Result<Self, Errno> {
        let node = tree.node(inode)?;
        let size = match &node.kind {
            Kind::File(file) => file.content.len() as u64,
            Kind::Folder(_) => 0,
        };
        let times_and_nanoseconds = 3 * 8 + 3 * 4;
        let answer = self.u64(inode).u64(size).u64(size.div_ceil(512)).zeros(times_and_nanoseconds);
        // Mode, links, owner, group, device, size of blocks, flags.
        Ok(answer.u32(node.mode).u32(1).u32(0).u32(0).u32(0).u32(4096).u32(0))
    }

    /// A name that nobody remembers, and what it stands for.
    fn entry(self, tree: &Tree, inode: Inode) -> Result<Self, Errno> {
        self.u64(inode).zeros(8 + 8 + 8 + 4 + 4).attributes(tree, inode)
    }

    fn open(self) -> Self {
        self.zeros(16)
    }
}

/// Answers until nothing has the disk mounted.
pub(super) fn serve(mut device: File, shared: &Arc<Shared>) {
    let mut buffer = vec![0; MOST as usize + 64 * 1024];
    let mut unmounted = 0;
    loop {
        let length = match device.read(&mut buffer) {
            Ok(length) => length,
            Err(error) => match error.raw_os_error() {
                Some(ENOENT | EINTR | EAGAIN) => continue,
                // It is not mounted yet.
                Some(EPERM) if unmounted < 2_000 => {
                    unmounted += 1;
                    std::thread::sleep(Duration::from_millis(5));
                    continue;
                }
                Some(ENODEV | ECONNABORTED) => return,
                _ => panic!("the disk cannot be served: {error}"),
            },
        };
        if let Some(message) = answer(&buffer[..length], shared)
            && let Err(error) = device.write_all(&message)
        {
            // Who asked has been interrupted, or is gone with its mount.
            let is_over = matches!(error.raw_os_error(), Some(ENOENT | ENODEV | EPERM));
            assert!(is_over || error.kind() == io::ErrorKind::Interrupted, "the disk cannot answer: {error}");
        }
    }
}

/// The whole answer to a message, where there is to be one.
fn answer(message: &[u8], shared: &Shared) -> Option<Vec<u8>> {
    let mut head = Fields(message);
    let read = (|| {
        let (_length, opcode, unique, inode) = (head.u32()?, head.u32()?, head.u64()?, head.u64()?);
        head.skip(16)?;
        Ok::<_, Errno>((opcode, unique, inode))
    })();
    let (opcode, unique, inode) = read.expect("the kernel sends whole messages");
    if matches!(opcode, FORGET | BATCH_FORGET | INTERRUPT) {
        return None;
    }
    let (body, error) = match handle(opcode, inode, head, shared) {
        Ok(Answer(body)) => (body, 0),
        Err(error) => (vec![], -error),
    };
    let mut whole = Answer::default().u32(16 + body.len() as u32).u32(error.cast_unsigned()).u64(unique).0;
    whole.extend(body);
    Some(whole)
}

fn handle(opcode: u32, inode: Inode, mut fields: Fields<'_>, shared: &Shared) -> Result<Answer, Errno> {
    let answer = Answer::default();
    match opcode {
        INIT => {
            let init = answer.u32(7).u32(31).u32(0).u32(BIG_WRITES).u16(16).u16(12).u32(MOST).u32(1);
            return Ok(init.u16(0).u16(0).zeros(4 + 4 + 2 + 22));
        }
        // Files are not kept for those that have them open, and nothing is counted.
        RELEASE | RELEASEDIR | DESTROY => return Ok(answer),
        STATFS => {
            let (blocks, files) = (1 << 20, 1 << 20);
            let answer = answer.u64(blocks).u64(blocks).u64(blocks).u64(files).u64(files);
            return Ok(answer.u32(4096).u32(255).u32(4096).zeros(4 + 24));
        }
        _ => {}
    }
    let mut state = shared.lock();
    if !state.has_power {
        return Err(EIO);
    }
    match opcode {
        LOOKUP => {
            let found = state.tree.find(inode, fields.name()?)?;
            answer.entry(&state.tree, found)
        }
        GETATTR => answer.zeros(16).attributes(&state.tree, inode),
        OPEN | OPENDIR => state.tree.node(inode).map(|_| answer.open()),
        READ => {
            fields.skip(8)?;
            let (at, size) = (fields.u64()? as usize, fields.u32()? as usize);
            let content = &state.tree.file(inode)?.content;
            let begin = at.min(content.len());
            Ok(Answer(content[begin..(begin + size).min(content.len())].to_vec()))
        }
        READDIR => {
            fields.skip(8)?;
            let (at, size) = (fields.u64()? as usize, fields.u32()? as usize);
            read_folder(&state.tree, inode, at, size)
        }
        SETATTR => {
            let valid = fields.u32()?;
            fields.skip(4 + 8)?;
            let size = fields.u64()?;
            fields.skip(4 * 8 + 3 * 4)?;
            let mode = fields.u32()?;
            if valid & MODE != 0 {
                let node = state.tree.node_mut(inode)?;
                node.mode = node.mode & !0o7777 | mode & 0o7777;
            }
            if valid & SIZE != 0 {
                state.tree.resize(inode, size as usize)?;
                state.passed(inode)?;
            }
            answer.zeros(16).attributes(&state.tree, inode)
        }
        WRITE => {
            fields.skip(8)?;
            let (at, size) = (fields.u64()? as usize, fields.u32()?);
            fields.skip(4 + 8 + 4 + 4)?;
            let bytes = fields.0.get(..size as usize).ok_or(EINVAL)?;
            state.tree.write(inode, at, bytes.to_vec())?;
            state.passed(inode)?;
            Ok(answer.u32(size).u32(0))
        }
        FSYNC | FSYNCDIR => {
            state.passed(inode)?;
            state.sync(inode)?;
            Ok(answer)
        }
        _ => {
            let changed = name(&mut state.tree, opcode, inode, fields)?;
            state.passed(changed)?;
            match opcode {
                UNLINK | RMDIR | RENAME | RENAME2 => Ok(answer),
                CREATE => answer.entry(&state.tree, changed).map(Answer::open),
                _ => answer.entry(&state.tree, changed),
            }
        }
    }
}

/// Gives something a name, or takes one away. Returns what the change was of.
fn name(tree: &mut Tree, opcode: u32, inode: Inode, mut fields: Fields<'_>) -> Result<Inode, Errno> {
    match opcode {
        MKDIR => {
            let mode = fields.u32()?;
            fields.skip(4)?;
            tree.make(inode, fields.name()?, FOLDER | mode & 0o7777)
        }
        CREATE => {
            fields.skip(4)?;
            let mode = fields.u32()?;
            fields.skip(8)?;
            tree.make(inode, fields.name()?, FILE | mode & 0o7777)
        }
        UNLINK | RMDIR => {
            let name = fields.name()?;
            let gone = tree.find(inode, name)?;
            tree.remove(inode, name).map(|()| gone)
        }
        RENAME | RENAME2 => {
            let folder = fields.u64()?;
            let flags = if opcode == RENAME2 { fields.u32()? } else { 0 };
            if opcode == RENAME2 {
                fields.skip(4)?;
            }
            if flags & !NO_REPLACE != 0 {
                return Err(EINVAL);
            }
            let (from, to) = (fields.name()?, fields.name()?);
            tree.rename((inode, from), (folder, to), flags == 0)?;
            tree.find(folder, to)
        }
        LINK => {
            let linked = fields.u64()?;
            tree.link(linked, inode, fields.name()?).map(|()| linked)
        }
        _ => Err(ENOSYS),
    }
}

fn read_folder(tree: &Tree, inode: Inode, at: usize, size: usize) -> Result<Answer, Errno> {
    let mut answer = Answer::default();
    for (place, (name, inner)) in tree.folder(inode)?.names.iter().enumerate().skip(at) {
        let length = (24 + name.len()).next_multiple_of(8);
        if answer.0.len() + length > size {
            break;
        }
        let kind = tree.node(*inner)?.mode >> 12;
        answer = answer.u64(*inner).u64(place as u64 + 1).u32(name.len() as u32).u32(kind);
        answer.0.extend(name);
        answer = answer.zeros(length - 24 - name.len());
    }
    Ok(answer)
}
