//! The files of a disk: what they are, what of that is durable, and what a power cut leaves of the rest.

use std::collections::{BTreeMap, HashMap};

use rand::{Rng, rngs::StdRng};

pub(super) type Inode = u64;

/// The folder that everything else is in.
pub(super) const ROOT: Inode = 1;

/// What a disk writes whole or not at all, in bytes.
const SECTOR: usize = 512;

/// The bit of a mode that says folder.
pub(super) const FOLDER: u32 = 0o040_000;
/// The bit of a mode that says file.
pub(super) const FILE: u32 = 0o100_000;

/// A number of an error, as `errno` has it.
pub(super) type Errno = i32;
pub(super) const ENOENT: Errno = 2;
pub(super) const EIO: Errno = 5;
pub(super) const EEXIST: Errno = 17;
pub(super) const EINVAL: Errno = 22;
pub(super) const ENOTEMPTY: Errno = 39;
pub(super) const ESTALE: Errno = 116;

/// A change of a file that is not durable yet.
#[derive(Clone, Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Resize(usize),
}

/// A change of a folder that is not durable yet. Those with one `operation` are durable together.
#[derive(Clone, Debug)]
struct Naming {
    operation: u64,
    name: Vec<u8>,
    inode: Option<Inode>,
}

/// A file: its content as processes see it, and what the disk has of that.
#[derive(Clone, Debug, Default)]
pub(super) struct File {
    pub(super) content: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Change>,
}

/// A folder, in the same way.
#[derive(Clone, Debug, Default)]
pub(super) struct Folder {
    pub(super) names: BTreeMap<Vec<u8>, Inode>,
    durable: BTreeMap<Vec<u8>, Inode>,
    pending: Vec<Naming>,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    File(File),
    Folder(Folder),
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) mode: u32,
    pub(super) kind: Kind,
    /// Where it was last put.
    pub(super) path: String,
}

/// How likely each change is to be on the disk that has not been synced.
#[derive(Clone, Copy, Debug)]
struct Luck(f64);

impl Luck {
    /// Everything is lost, or a part, or nothing.
    fn draw(random: &mut StdRng) -> Self {
        Self([0.0, 0.0, 0.2, 0.5, 0.8, 1.0][random.random_range(0..6)])
    }

    fn has(self, random: &mut StdRng) -> bool {
        random.random_bool(self.0)
    }
}

fn resize(content: &mut Vec<u8>, length: usize) {
    content.resize(length, 0);
}

fn write(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if content.len() < at + bytes.len() {
        resize(content, at + bytes.len());
    }
    content[at..at + bytes.len()].copy_from_slice(bytes);
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes } => write(content, *at, bytes),
            Self::Resize(length) => resize(content, *length),
        }
    }

    /// Of a write each sector may be there or not, and the file may be long enough for what is not there.
    fn apply_in_part(&self, content: &mut Vec<u8>, luck: Luck, random: &mut StdRng) {
        match self {
            Self::Resize(length) if luck.has(random) => resize(content, *length),
            Self::Resize(_) => {}
            Self::Write { at, bytes } => {
                let end = at + bytes.len();
                let mut begin = *at;
                while begin < end {
                    let until = ((begin / SECTOR + 1) * SECTOR).min(end);
                    if luck.has(random) {
                        write(content, begin, &bytes[begin - at..until - at]);
                    }
                    begin = until;
                }
                if content.len() < end && luck.has(random) {
                    resize(content, end);
                }
            }
        }
    }
}

impl File {
    fn change(&mut self, change: Change) {
        change.apply(&mut self.content);
        self.pending.push(change);
    }

    fn sync(&mut self) {
        for change in self.pending.drain(..) {
            change.apply(&mut self.durable);
        }
    }

    /// The system drops what it could not write, goes on showing it, and does not try again.
    fn fail(&mut self, luck: Luck, random: &mut StdRng) {
        for change in self.pending.drain(..) {
            change.apply_in_part(&mut self.durable, luck, random);
        }
    }
}

impl Folder {
    fn set(&mut self, operation: u64, name: &[u8], inode: Option<Inode>) {
        match inode {
            Some(inode) => self.names.insert(name.to_owned(), inode),
            None => self.names.remove(name),
        };
        self.pending.push(Naming { operation, name: name.to_owned(), inode });
    }

    fn settle(&mut self, mut has: impl FnMut(u64) -> bool) {
        for Naming { operation, name, inode } in self.pending.drain(..) {
            if has(operation) {
                match inode {
                    Some(inode) => self.durable.insert(name, inode),
                    None => self.durable.remove(&name),
                };
            }
        }
    }
}

/// All of a disk.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    nodes: HashMap<Inode, Node>,
    next: Inode,
    operations: u64,
}

impl Tree {
    pub(super) fn new() -> Self {
        let root = Node { mode: FOLDER | 0o700, kind: Kind::Folder(Folder::default()), path: String::new() };
        Self { nodes: HashMap::from([(ROOT, root)]), next: ROOT + 1, operations: 0 }
    }

    pub(super) fn node(&self, inode: Inode) -> Result<&Node, Errno> {
        self.nodes.get(&inode).ok_or(ESTALE)
    }

    pub(super) fn node_mut(&mut self, inode: Inode) -> Result<&mut Node, Errno> {
        self.nodes.get_mut(&inode).ok_or(ESTALE)
    }

    pub(super) fn file(&self, inode: Inode) -> Result<&File, Errno> {
        match &self.node(inode)?.kind {
            Kind::File(file) => Ok(file),
            Kind::Folder(_) => Err(EINVAL),
        }
    }

    fn file_mut(&mut self, inode: Inode) -> Result<&mut File, Errno> {
        match &mut self.node_mut(inode)?.kind {
            Kind::File(file) => Ok(file),
            Kind::Folder(_) => Err(EINVAL),
        }
    }

    pub(super) fn folder(&self, inode: Inode) -> Result<&Folder, Errno> {
        match &self.node(inode)?.kind {
            Kind::Folder(folder) => Ok(folder),
            Kind::File(_) => Err(EINVAL),
        }
    }

    fn folder_mut(&mut self, inode: Inode) -> Result<&mut Folder, Errno> {
        match &mut self.node_mut(inode)?.kind {
            Kind::Folder(folder) => Ok(folder),
            Kind::File(_) => Err(EINVAL),
        }
    }

    pub(super) fn find(&self, folder: Inode, name: &[u8]) -> Result<Inode, Errno> {
        self.folder(folder)?.names.get(name).copied().ok_or(ENOENT)
    }

    fn operation(&mut self) -> u64 {
        self.operations += 1;
        self.operations
    }

    fn path(&self, folder: Inode, name: &[u8]) -> Result<String, Errno> {
        let name = String::from_utf8_lossy(name);
        let folder = &self.node(folder)?.path;
        Ok(if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") })
    }

    /// Makes a file or a folder, as the mode says.
    pub(super) fn make(&mut self, folder: Inode, name: &[u8], mode: u32) -> Result<Inode, Errno> {
        if self.find(folder, name).is_ok() {
            return Err(EEXIST);
        }
        let (inode, path, operation) = (self.next, self.path(folder, name)?, self.operation());
        let kind = if mode & FOLDER != 0 { Kind::Folder(Folder::default()) } else { Kind::File(File::default()) };
        self.folder_mut(folder)?.set(operation, name, Some(inode));
        self.nodes.insert(inode, Node { mode, kind, path });
        self.next += 1;
        Ok(inode)
    }

    /// Removes a name. The file stays for those that have it open.
    pub(super) fn remove(&mut self, folder: Inode, name: &[u8]) -> Result<(), Errno> {
        let inode = self.find(folder, name)?;
        if self.folder(inode).is_ok_and(|folder| !folder.names.is_empty()) {
            return Err(ENOTEMPTY);
        }
        let operation = self.operation();
        self.folder_mut(folder)?.set(operation, name, None);
        Ok(())
    }

    pub(super) fn link(&mut self, inode: Inode, folder: Inode, name: &[u8]) -> Result<(), Errno> {
        if self.find(folder, name).is_ok() {
            return Err(EEXIST);
        }
        let operation = self.operation();
        self.folder_mut(folder)?.set(operation, name, Some(inode));
        Ok(())
    }

    /// Gives a file another name, at once.
    pub(super) fn rename(&mut self, from: (Inode, &[u8]), to: (Inode, &[u8]), replaces: bool) -> Result<(), Errno> {
        let inode = self.find(from.0, from.1)?;
        if !replaces && self.find(to.0, to.1).is_ok() {
            return Err(EEXIST);
        }
        let (operation, path) = (self.operation(), self.path(to.0, to.1)?);
        self.folder_mut(from.0)?.set(operation, from.1, None);
        self.folder_mut(to.0)?.set(operation, to.1, Some(inode));
        self.node_mut(inode)?.path = path;
        Ok(())
    }

    pub(super) fn write(&mut self, inode: Inode, at: usize, bytes: Vec<u8>) -> Result<(), Errno> {
        self.file_mut(inode)?.change(Change::Write { at, bytes });
        Ok(())
    }

    pub(super) fn resize(&mut self, inode: Inode, length: usize) -> Result<(), Errno> {
        self.file_mut(inode)?.change(Change::Resize(length));
        Ok(())
    }

    pub(super) fn sync(&mut self, inode: Inode) -> Result<(), Errno> {
        match &mut self.node_mut(inode)?.kind {
            Kind::File(file) => file.sync(),
            Kind::Folder(folder) => folder.settle(|_| true),
        }
        Ok(())
    }

    /// A sync that failed.
    pub(super) fn fail(&mut self, inode: Inode, random: &mut StdRng) -> Result<(), Errno> {
        let luck = Luck::draw(random);
        match &mut self.node_mut(inode)?.kind {
            Kind::File(file) => file.fail(luck, random),
            Kind::Folder(folder) => folder.settle(|_| luck.has(random)),
        }
        Ok(())
    }

    /// Makes all of it durable.
    pub(super) fn settle(&mut self) {
        for node in self.nodes.values_mut() {
            match &mut node.kind {
                Kind::File(file) => file.sync(),
                Kind::Folder(folder) => folder.settle(|_| true),
            }
        }
    }

    /// What is there once power is back: of what was not synced, a part.
    pub(super) fn after_power_cut(&self, random: &mut StdRng) -> Self {
        let luck = Luck::draw(random);
        let operations: Vec<bool> = (0..=self.operations).map(|_| luck.has(random)).collect();
        let mut left = self.clone();
        let mut inodes: Vec<_> = left.nodes.keys().copied().collect();
        // In an order that the seed alone decides on.
        inodes.sort_unstable();
        for inode in inodes {
            let Some(node) = left.nodes.get_mut(&inode) else { continue };
            match &mut node.kind {
                Kind::File(file) => {
                    file.fail(luck, random);
                    file.content.clone_from(&file.durable);
                }
                Kind::Folder(folder) => {
                    folder.settle(|operation| operations[operation as usize]);
                    folder.names.clone_from(&folder.durable);
                }
            }
        }
        let mut reached = vec![ROOT];
        let mut next = 0;
        while let Some(inode) = reached.get(next) {
            if let Ok(folder) = left.folder(*inode) {
                let inner: Vec<_> = folder.names.values().copied().filter(|inode| !reached.contains(inode)).collect();
                reached.extend(inner);
            }
            next += 1;
        }
        left.nodes.retain(|inode, _| reached.contains(inode));
        left
    }
}
