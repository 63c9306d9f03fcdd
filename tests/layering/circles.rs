//! Which file of the crate uses which, and the circles among them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use syn::visit::{self, Visit};

/// Segments of a module's or an item's path from the crate's root.
type Segments = Vec<String>;

/// A source file: what it names, and what it re-exports.
#[derive(Default)]
struct Source {
    /// Paths that it uses, as they are written.
    named: Vec<Segments>,
    /// Names that stand for something of another file.
    exported: BTreeMap<String, Segments>,
}

/// The files of the crate by their modules.
pub(crate) struct Files(BTreeMap<Segments, Source>);

/// Collects the paths of one file; what is for tests alone is passed over.
struct Paths {
    module: Segments,
    source: Source,
}

impl Paths {
    /// From the crate's root, if it is a path into the crate.
    fn absolute(&self, path: &[String]) -> Option<Segments> {
        let up = path.iter().take_while(|s| *s == "super").count();
        let rest = |from: &[String], path: &[String]| from.iter().chain(path).cloned().collect::<Segments>();
        match path.first()?.as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some(rest(&self.module, &path[1..])),
            "super" => Some(rest(&self.module[..self.module.len().checked_sub(up)?], &path[up..])),
            // A child module, or another crate.
            _ => Some(rest(&self.module, path)),
        }
    }

    fn import(&mut self, exported: bool, before: &Segments, tree: &syn::UseTree) {
        let with = |name: &syn::Ident| before.iter().cloned().chain([name.to_string()]).collect::<Segments>();
        match tree {
            syn::UseTree::Path(path) => self.import(exported, &with(&path.ident), &path.tree),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(exported, before, tree)),
            syn::UseTree::Name(name) => self.imported(exported, with(&name.ident), name.ident.to_string()),
            syn::UseTree::Rename(name) => self.imported(exported, with(&name.ident), name.rename.to_string()),
            syn::UseTree::Glob(_) => self.source.named.extend(self.absolute(before)),
        }
    }

    fn imported(&mut self, exported: bool, mut path: Segments, name: String) {
        if path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let Some(path) = self.absolute(&path) else { return };
        if exported {
            self.source.exported.insert(name, path);
        } else {
            self.source.named.push(path);
        }
    }
}

impl<'a> Visit<'a> for Paths {
    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        let test =
            |a: &syn::Attribute| a.path().is_ident("cfg") && a.parse_args::<syn::Ident>().is_ok_and(|i| i == "test");
        if !item.attrs.iter().any(test) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        self.import(!matches!(item.vis, syn::Visibility::Inherited), &Vec::new(), &item.tree);
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let segments: Segments = path.segments.iter().map(|s| s.ident.to_string()).collect();
        if segments.len() > 1 {
            self.source.named.extend(self.absolute(&segments));
        }
        visit::visit_path(self, path);
    }
}

impl Files {
    /// Of texts by their modules.
    pub(crate) fn new<'t>(texts: impl IntoIterator<Item = (Segments, &'t str)>) -> Self {
        let read = |(module, text): (Segments, &str)| {
            let file = syn::parse_file(text).unwrap();
            let mut paths = Paths { module: module.clone(), source: Source::default() };
            paths.visit_file(&file);
            (module, paths.source)
        };
        Self(texts.into_iter().map(read).collect())
    }

    /// Of the library's source: `src` without the binary, and `theorems`.
    pub(crate) fn of_the_crate(root: &Path) -> Self {
        let mut texts = Vec::new();
        for (folder, module) in [("src", &[][..]), ("theorems", &["theorems"][..])] {
            for path in crate::sources(&root.join(folder)) {
                let inside = path.strip_prefix(root.join(folder)).unwrap().with_extension("");
                let names = inside.iter().map(|s| s.to_str().unwrap());
                let all: Segments =
                    module.iter().copied().chain(names).filter(|s| *s != "mod").map(Into::into).collect();
                let binary = module.is_empty() && ["main", "lib"].contains(&all.join("/").as_str());
                if !binary {
                    texts.push((all, fs::read_to_string(&path).unwrap()));
                }
            }
        }
        Self::new(texts.iter().map(|(module, text)| (module.clone(), text.as_str())))
    }

    /// The file in which the item of a path stands; re-exports are followed.
    fn home(&self, path: &[String], depth: usize) -> Option<&Segments> {
        let (module, source) = (1..=path.len()).rev().find_map(|n| self.0.get_key_value(&path[..n]))?;
        let rest = &path[module.len()..];
        match rest.first().and_then(|name| source.exported.get(name)).filter(|_| depth < 8) {
            Some(other) => {
                let path: Segments = other.iter().chain(&rest[1..]).cloned().collect();
                self.home(&path, depth + 1)
            }
            None => Some(module),
        }
    }

    /// The files that each file uses.
    fn used(&self) -> BTreeMap<&Segments, BTreeSet<&Segments>> {
        let of = |(module, source): (&_, &Source)| -> BTreeSet<&Segments> {
            source.named.iter().filter_map(|path| self.home(path, 0)).filter(|other| *other != module).collect()
        };
        self.0.iter().map(|(module, source)| (module, of((module, source)))).collect()
    }

    /// A way from each file that can be reached from itself back to it; a circle is given once a file on it.
    pub(crate) fn circles(&self) -> Vec<String> {
        let used = self.used();
        let name = |module: &Segments| module.join("::");
        let mut found = Vec::new();
        for (start, first) in &used {
            // Each file that is reached, with the one it was reached from.
            let mut from: BTreeMap<&Segments, &Segments> = first.iter().map(|next| (*next, *start)).collect();
            let mut queue: Vec<&Segments> = first.iter().copied().collect();
            while let Some(module) = queue.pop() {
                for next in &used[module] {
                    if !from.contains_key(next) {
                        from.insert(next, module);
                        queue.push(next);
                    }
                }
            }
            let mut way = vec![name(start)];
            let mut at = from.get(start).copied();
            while let Some(module) = at.filter(|module| module != start) {
                way.push(name(module));
                at = from.get(module).copied();
            }
            if at.is_some() {
                way.push(name(start));
                way.reverse();
                found.push(way.join(" -> "));
            }
        }
        found
    }
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let files = Files::of_the_crate(Path::new(env!("CARGO_MANIFEST_DIR")));
    assert!(files.0.len() > 100, "{} files", files.0.len());
    assert_eq!(files.circles(), Vec::<String>::new());
}

#[test]
fn a_circle_is_found() {
    let module = |path: &str| path.split("::").map(Into::into).collect::<Segments>();
    let circles = |texts: &[(&str, &str)]| Files::new(texts.iter().map(|(path, text)| (module(path), *text))).circles();
    let table = ("a", "mod b; mod c; pub use b::B; pub use c::C;");
    // By an import, by a path in the code, and through the table of contents.
    assert_eq!(
        circles(&[table, ("a::b", "use super::c::C; pub struct B;"), ("a::c", "fn f(_: &super::b::B) {}")]).len(),
        2
    );
    assert_eq!(circles(&[table, ("a::b", "use crate::a::C;"), ("a::c", "use crate::a::{B};")]).len(), 2);
    // One way, or in tests alone, there is none.
    assert!(circles(&[table, ("a::b", "use super::c::C;"), ("a::c", "pub struct C;")]).is_empty());
    let tests = "#[cfg(test)] mod tests { use super::super::b::B; }";
    assert!(circles(&[table, ("a::b", "use super::c::C;"), ("a::c", tests)]).is_empty());
}
