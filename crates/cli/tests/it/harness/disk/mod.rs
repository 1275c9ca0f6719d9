//! Disks that lose their power: the files of a process are on one, and whatever the process has not synced may be gone, torn or out of
//! order when power is back. So are the names of files in folders that were not synced.
//!
//! Linux asks this process about every file (FUSE), so that nothing a process does to its files is missed. Each process has the disk
//! mounted in a namespace of its own, which needs root or user namespaces.

mod serve;
mod tree;

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use rand::{SeedableRng, rngs::StdRng};
use rustix::process::{Pid, Signal, geteuid, kill_process};

use self::tree::{EIO, Errno, FILE, FOLDER, Inode, ROOT, Tree};

/// No space left on the device.
pub(crate) const ENOSPC: i32 = 28;
/// An error of the device.
pub(crate) const BROKEN: i32 = EIO;

/// Every kind of file.
pub(crate) const ANY: &str = "*";

/// A disk at a path, which only the processes that it starts can see.
#[derive(Clone)]
pub(crate) struct Disk {
    shared: Arc<Shared>,
    point: PathBuf,
}

struct Shared(Mutex<State>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct State {
    tree: Tree,
    has_power: bool,
    random: StdRng,
    /// Whoever loses its power with the disk.
    process: Option<u32>,
    cut: Option<Cut>,
    fault: Option<Fault>,
    /// Changes and syncs of each kind of file so far.
    passed: BTreeMap<String, u64>,
    /// The kind of file at which power was cut.
    cut_at: Option<String>,
}

/// A power cut at the last of so many changes or syncs of a kind of file.
struct Cut {
    kind: String,
    left: u32,
}

/// Syncs of a kind of file that fail.
struct Fault {
    kind: String,
    error: Errno,
    left: u32,
    /// How often it has failed.
    failed: u32,
}

/// The kind of file at a path: what is random in names is left out.
fn kind(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.starts_with(".tmp") {
        return "temporary".into();
    }
    let mut kind = String::new();
    for part in name.split_inclusive(['-', '.', '_']) {
        let (word, end) = part.split_at(part.trim_end_matches(['-', '.', '_']).len());
        let is_random = word.chars().any(|letter| letter.is_ascii_digit());
        kind.push_str(if is_random { "#" } else { word });
        kind.push_str(end);
    }
    kind
}

impl State {
    /// Counts a change or a sync, and cuts the power where that is due: whatever follows is not done.
    fn passed(&mut self, inode: Inode) -> Result<(), Errno> {
        let kind = kind(&self.tree.node(inode)?.path);
        if let Some(cut) = self.cut.as_mut().filter(|cut| cut.kind == kind || cut.kind == ANY) {
            cut.left -= 1;
            if cut.left == 0 {
                self.cut_power();
                self.cut_at = Some(kind);
                return Err(EIO);
            }
        }
        // An index of SQLite's, which is made again at each start.
        if !kind.ends_with("-shm") {
            *self.passed.entry(kind).or_default() += 1;
        }
        Ok(())
    }

    fn sync(&mut self, inode: Inode) -> Result<(), Errno> {
        let kind = kind(&self.tree.node(inode)?.path);
        if let Some(fault) = self.fault.as_mut().filter(|fault| fault.kind == kind && fault.left > 0) {
            (fault.left, fault.failed) = (fault.left - 1, fault.failed + 1);
            let error = fault.error;
            self.tree.fail(inode, &mut self.random)?;
            return Err(error);
        }
        self.tree.sync(inode)
    }

    fn cut_power(&mut self) {
        self.has_power = false;
        self.cut = None;
        let process = self.process.take().and_then(|process| Pid::from_raw(process.cast_signed()));
        // It may have ended by itself.
        let _ = process.map(|process| kill_process(process, Signal::KILL));
    }
}

impl Disk {
    /// A disk with nothing on it. The seed decides what its power cuts leave.
    pub(crate) fn new(point: &Path, seed: u64) -> Self {
        std::fs::create_dir_all(point).expect("a folder");
        let state = State {
            tree: Tree::new(),
            has_power: true,
            random: StdRng::seed_from_u64(seed),
            process: None,
            cut: None,
            fault: None,
            passed: BTreeMap::new(),
            cut_at: None,
        };
        Self { shared: Arc::new(Shared(Mutex::new(state))), point: point.to_owned() }
    }

    /// Whether this machine lets a test mount one, and if not, why.
    pub(crate) fn is_possible() -> Result<(), String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        if let Err(error) = device() {
            return Err(format!("/dev/fuse: {error}"));
        }
        let tried = Self::new(folder.path(), 0).command(&Command::new("true")).output();
        let tried = tried.map_err(|error| error.to_string())?;
        if tried.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&tried.stderr).into_owned()) }
    }

    /// Where its processes find it.
    pub(crate) fn point(&self) -> &Path {
        &self.point
    }

    /// The same command with the disk at its place.
    pub(crate) fn command(&self, command: &Command) -> Command {
        let device = device().expect("/dev/fuse");
        let (shared, served) = (self.shared.clone(), device.try_clone().expect("a file"));
        thread::spawn(move || serve::serve(served, &shared));
        let mount =
            "mount -i -t fuse -o fd=0,rootmode=40000,user_id=0,group_id=0 disk \"$0\" && exec \"$@\" </dev/null";
        let mut mounted = Command::new("unshare");
        mounted.arg("--mount");
        if !geteuid().is_root() {
            mounted.arg("--map-root-user");
        }
        mounted.args(["sh", "-c", mount]).arg(&self.point).arg(command.get_program()).args(command.get_args());
        mounted.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        mounted.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").stdin(Stdio::from(device));
        mounted
    }

    /// This process loses its power with the disk, from now on or at once.
    pub(crate) fn power(&self, process: u32) {
        let mut state = self.shared.lock();
        state.process = Some(process);
        if !state.has_power {
            state.cut_power();
        }
    }

    /// Cuts the power at the `count`th change or sync of a kind of file from now on.
    pub(crate) fn cut_at(&self, kind: &str, count: u32) {
        self.shared.lock().cut = Some(Cut { kind: kind.to_owned(), left: count });
    }

    /// Where the power is still to be cut, lets that be at the `count`th change or sync of any file.
    pub(crate) fn hurry(&self, count: u32) {
        if let Some(cut) = self.shared.lock().cut.as_mut().filter(|cut| cut.kind != ANY) {
            *cut = Cut { kind: ANY.into(), left: count };
        }
    }

    /// Does not cut the power at a change any more.
    pub(crate) fn keep_power(&self) {
        self.shared.lock().cut = None;
    }

    /// Cuts the power, if that has not happened yet. Returns the kind of file at which it did.
    pub(crate) fn cut(&self) -> Option<String> {
        let mut state = self.shared.lock();
        if state.has_power {
            state.cut_power();
        }
        state.cut_at.take()
    }

    pub(crate) fn has_power(&self) -> bool {
        self.shared.lock().has_power
    }

    /// Gives it power again, when its process has ended: of what was not synced, a part is there.
    pub(crate) fn restore(&self) {
        let mut state = self.shared.lock();
        let State { tree, random, .. } = &mut *state;
        *tree = tree.after_power_cut(random);
        state.has_power = true;
    }

    /// The next `count` syncs of a kind of file fail, and what they were for is on the disk in part.
    pub(crate) fn fail_syncs(&self, kind: &str, error: i32, count: u32) {
        self.shared.lock().fault = Some(Fault { kind: kind.to_owned(), error, left: count, failed: 0 });
    }

    /// How many syncs have failed since then.
    pub(crate) fn failed_syncs(&self) -> u32 {
        self.shared.lock().fault.as_ref().map_or(0, |fault| fault.failed)
    }

    /// Kinds of files that were changed or synced so far, with how often.
    pub(crate) fn passed(&self) -> BTreeMap<String, u64> {
        self.shared.lock().passed.clone()
    }

    /// Puts a durable file there, with its folders.
    pub(crate) fn put(&self, path: &str, content: &[u8]) {
        let mut state = self.shared.lock();
        let mut folder = ROOT;
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            let mode = if parts.peek().is_some() { FOLDER | 0o700 } else { FILE | 0o600 };
            let found = state.tree.find(folder, part.as_bytes());
            folder = found.or_else(|_| state.tree.make(folder, part.as_bytes(), mode)).expect("made");
        }
        state.tree.write(folder, 0, content.to_vec()).expect("written");
        state.tree.settle();
    }

    /// The names in a folder, as processes see them.
    pub(crate) fn names(&self, path: &str) -> Vec<String> {
        let state = self.shared.lock();
        let inode = path.split('/').try_fold(ROOT, |folder, name| state.tree.find(folder, name.as_bytes()));
        let folder = inode.and_then(|inode| state.tree.folder(inode));
        let name = |name: &Vec<u8>| String::from_utf8_lossy(name).into_owned();
        folder.map_or_else(|_| vec![], |folder| folder.names.keys().map(name).collect())
    }

    /// What a file holds, as processes see it.
    pub(crate) fn read(&self, path: &str) -> Option<Vec<u8>> {
        let state = self.shared.lock();
        let inode = path.split('/').try_fold(ROOT, |folder, name| state.tree.find(folder, name.as_bytes()));
        state.tree.file(inode.ok()?).ok().map(|file| file.content.clone())
    }
}

fn device() -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).open("/dev/fuse")
}
