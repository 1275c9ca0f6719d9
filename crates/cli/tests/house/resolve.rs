//! Where a path leads: to the file that defines a name, whatever imports and re-exports are in between.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::tree::{Name, Tree};

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Module(usize),
    /// Something that is defined in this file.
    Item(usize),
}

/// Arrows from file to file, with the paths that make them.
pub(crate) type Arrows = BTreeMap<(usize, usize), BTreeSet<String>>;

/// Imports that are being followed: module, name and number of the binding.
type Trail = HashSet<(usize, String, usize)>;

impl Tree {
    /// Everything that a path leads to, seen from a module. What belongs to another crate is left out.
    pub(crate) fn resolve(&self, from: usize, path: &[String]) -> Vec<Place> {
        self.walk(from, path, &mut Trail::new())
    }

    /// The files that each file needs.
    pub(crate) fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for (from, module) in self.modules.iter().enumerate() {
            let mut add = |to: usize, why: &[String]| {
                if to != module.file {
                    arrows.entry((module.file, to)).or_default().insert(why.join("::"));
                }
            };
            let mut follow = |path: &[String], is_shared: bool| {
                for place in self.resolve(from, path) {
                    match place {
                        Place::Item(file) => add(file, path),
                        // A module that is imported counts by what is used of it.
                        Place::Module(id) if is_shared => add(self.modules[id].file, path),
                        Place::Module(_) => {}
                    }
                }
            };
            for bindings in module.names.values() {
                for binding in bindings {
                    match binding {
                        // `mod name;` alone uses nothing of the child.
                        Name::Here | Name::Module(_) => {}
                        Name::Import { path, shared } => follow(path, *shared),
                    }
                }
            }
            module.globs.iter().for_each(|(path, shared)| follow(path, *shared));
            module.mentions.iter().for_each(|path| follow(path, false));
        }
        arrows
    }

    /// Paths of files below the roots that name something that a root defines or re-exports, with their files.
    pub(crate) fn named_from_above(&self) -> BTreeSet<(String, String)> {
        let mut found = BTreeSet::new();
        for (from, module) in self.modules.iter().enumerate() {
            if self.roots.iter().any(|root| self.modules[*root].file == module.file) {
                continue;
            }
            let imports = module.names.values().flatten().filter_map(|name| match name {
                Name::Import { path, .. } => Some(path),
                _ => None,
            });
            for path in imports.chain(&module.mentions) {
                if self.is_of_a_root(from, path) {
                    found.insert((self.files[module.file].clone(), path.join("::")));
                }
            }
        }
        found
    }

    /// Whether a path names what stands in a root without being a module there.
    fn is_of_a_root(&self, from: usize, path: &[String]) -> bool {
        let starts = |name: &String| name == "crate" || name == "super" || name == "self" || *name == self.name;
        let prefix = path.iter().take_while(|name| starts(name)).count();
        let Some(name) = path.get(prefix).filter(|_| prefix > 0) else { return false };
        self.resolve(from, &path[..prefix]).into_iter().any(|place| match place {
            Place::Module(id) if self.roots.contains(&id) => {
                let bindings = self.modules[id].names.get(name);
                bindings.is_some_and(|all| !all.iter().any(|name| matches!(name, Name::Module(_))))
            }
            _ => false,
        })
    }

    fn root_of(&self, module: usize) -> usize {
        self.modules[module].parent.map_or(module, |parent| self.root_of(parent))
    }

    fn walk(&self, from: usize, path: &[String], trail: &mut Trail) -> Vec<Place> {
        let Some((first, rest)) = path.split_first() else { return vec![] };
        let mut places = match first.as_str() {
            "crate" => vec![Place::Module(self.root_of(from))],
            "self" => vec![Place::Module(from)],
            "super" => self.modules[from].parent.map(Place::Module).into_iter().collect(),
            name => {
                let found = self.find(from, name, from, trail);
                let library = self.roots.first().filter(|_| found.is_empty() && name == self.name);
                if let Some(root) = library { vec![Place::Module(*root)] } else { found }
            }
        };
        for name in rest {
            // A module and a function may share a name: only the module leads on.
            if places.iter().any(|place| matches!(place, Place::Module(_))) {
                places.retain(|place| matches!(place, Place::Module(_)));
            }
            places = places.iter().flat_map(|place| self.step(*place, name, from, trail)).collect();
        }
        places.sort();
        places.dedup();
        places
    }

    /// Where a name leads from a place that a path has reached.
    fn step(&self, place: Place, name: &str, from: usize, trail: &mut Trail) -> Vec<Place> {
        let Place::Module(module) = place else { return vec![place] };
        match name {
            "self" => vec![place],
            "super" => self.modules[module].parent.map(Place::Module).into_iter().collect(),
            _ => {
                let found = self.find(module, name, from, trail);
                // A macro may have made it, or the module re-exports it from another crate.
                if found.is_empty() { vec![Place::Item(self.modules[module].file)] } else { found }
            }
        }
    }

    /// What a name in a module stands for, asked by `from`.
    fn find(&self, module: usize, name: &str, from: usize, trail: &mut Trail) -> Vec<Place> {
        let file = self.modules[module].file;
        let is_own = module == from;
        let mut found = vec![];
        for (index, binding) in self.modules[module].names.get(name).into_iter().flatten().enumerate() {
            match binding {
                Name::Here => found.push(Place::Item(file)),
                Name::Module(id) => found.push(Place::Module(*id)),
                Name::Import { shared, .. } if !shared && !is_own => found.push(Place::Item(file)),
                Name::Import { path, .. } => {
                    let key = (module, name.to_owned(), index);
                    if trail.insert(key.clone()) {
                        found.extend(self.walk(module, path, trail));
                        trail.remove(&key);
                    }
                }
            }
        }
        if self.modules[module].names.contains_key(name) {
            return found;
        }
        for (index, (path, shared)) in self.modules[module].globs.iter().enumerate() {
            let key = (module, "*".to_owned(), index);
            if !trail.insert(key.clone()) {
                continue;
            }
            for place in self.walk(module, path, trail) {
                let Place::Module(source) = place else { continue };
                let through = self.find(source, name, from, trail);
                if *shared || is_own {
                    found.extend(through);
                } else if !through.is_empty() {
                    found.push(Place::Item(file));
                }
            }
            trail.remove(&key);
        }
        found
    }
}
