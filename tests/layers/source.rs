//! Reads what a source file names, with `syn`.

use proc_macro2::{Span, TokenStream, TokenTree};
use std::collections::HashMap;
use std::fs;
use std::path::Path as FilePath;
use syn::visit::{self, Visit};
use syn::{Attribute, Ident, Item, UseTree};

/// A source file and all the paths that it names outside test code.
#[derive(Clone)]
pub struct Source {
    pub file: String,
    pub names: Vec<Name>,
}

/// A path, from its crate on (`licentia::store::Store`), or `.name` for a method call.
#[derive(Clone)]
pub struct Name {
    pub path: String,
    pub line: usize,
}

pub fn sources() -> Vec<Source> {
    let root = FilePath::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "license/src", "client/src"] {
        collect(root, folder, &mut files);
    }
    files.sort();
    let with_text = |file: String| (fs::read_to_string(root.join(&file)).unwrap(), file);
    let read: Vec<_> = files.into_iter().map(with_text).collect();
    // A file that is a test module as a whole (`#[cfg(test)] mod tests;`) is test code.
    let tests: Vec<_> = read.iter().flat_map(|(text, file)| test_modules(file, text)).collect();
    read.iter()
        .filter(|(_, file)| !tests.iter().any(|test| super::is_in(file, test)))
        .map(|(text, file)| Source::read(file, text))
        .collect()
}

fn collect(root: &FilePath, folder: &str, files: &mut Vec<String>) {
    for entry in fs::read_dir(root.join(folder)).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            collect(root, &name, files);
        } else if FilePath::new(&name).extension().is_some_and(|extension| extension == "rs") {
            files.push(name);
        }
    }
}

/// The rooms that `#[cfg(test)] mod name;` makes of other files.
fn test_modules(file: &str, text: &str) -> Vec<String> {
    let folder = file.strip_suffix(".rs").unwrap_or(file);
    let roots = ["/mod", "/lib", "/main"];
    let folder = roots.iter().find_map(|root| folder.strip_suffix(root)).unwrap_or(folder);
    let items = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}")).items;
    let is_test = |module: &syn::ItemMod| module.content.is_none() && is_test_code(&module.attrs);
    let modules = items.into_iter().filter_map(|item| match item {
        Item::Mod(module) if is_test(&module) => Some(format!("{folder}/{}", module.ident)),
        _ => None,
    });
    modules.collect()
}

impl Source {
    pub fn read(file: &str, text: &str) -> Self {
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let (module, krate) = match file.split_once("src/").unwrap() {
            ("", module) => (module, "licentia"),
            ("license/", module) => (module, "licentia_license"),
            ("client/", module) => (module, "licentia_client"),
            _ => panic!("{file} is in no crate that the layer rules are about"),
        };
        let mut reader = Reader { module: vec![krate.to_owned()], ..Reader::default() };
        let module = module.strip_suffix(".rs").unwrap();
        reader.module.extend(
            module.split('/').filter(|p| !["lib", "main", "mod"].contains(p)).map(String::from),
        );
        reader.visit_file(&parsed);
        Self { file: file.to_owned(), names: reader.followed() }
    }
}

/// Collects what a file names.
#[derive(Default)]
struct Reader {
    /// The module that is being read, from its crate on.
    module: Vec<String>,
    /// The type that `Self` stands for.
    this: Option<String>,
    /// What `use` and `mod` give a short name to.
    imported: HashMap<String, String>,
    found: Vec<Name>,
}

impl Reader {
    fn name(&mut self, segments: &[String], span: Span) {
        self.found.push(Name { path: self.absolute(segments), line: span.start().line });
    }

    fn method(&mut self, ident: &Ident) {
        self.found.push(Name { path: format!(".{ident}"), line: ident.span().start().line });
    }

    /// The path with `crate`, `self`, `super` and `Self` as what they mean here.
    fn absolute(&self, segments: &[String]) -> String {
        let mut path = self.module.clone();
        let rest = match segments[0].as_str() {
            "crate" => {
                path.truncate(1);
                &segments[1..]
            }
            "self" | "super" => {
                let up = segments.iter().take_while(|s| ["self", "super"].contains(&s.as_str()));
                let up = up.count();
                let levels = segments[..up].iter().filter(|s| *s == "super").count();
                path.truncate(path.len().saturating_sub(levels));
                &segments[up..]
            }
            "Self" => {
                path = self.this.iter().cloned().collect();
                &segments[1..]
            }
            _ => {
                path.clear();
                segments
            }
        };
        path.extend_from_slice(rest);
        path.join("::")
    }

    /// The names found, each followed through the file's imports to where it comes from.
    fn followed(self) -> Vec<Name> {
        let follow = |mut name: Name| {
            // Imports can be of imports; a handful of steps ends every chain, and every circle.
            for _ in 0..4 {
                let (first, rest) = name.path.split_once("::").unwrap_or((&name.path, ""));
                let Some(origin) = self.imported.get(first).filter(|o| *o != first) else { break };
                let separator = if rest.is_empty() { "" } else { "::" };
                name.path = format!("{origin}{separator}{rest}");
            }
            name
        };
        self.found.into_iter().map(follow).collect()
    }

    fn import(&mut self, tree: &UseTree, before: &[String]) {
        let with = |ident: &Ident| {
            let mut path = before.to_vec();
            if ident != "self" || path.is_empty() {
                path.push(ident.to_string());
            }
            path
        };
        let (path, short, span) = match tree {
            UseTree::Path(path) => return self.import(&path.tree, &with(&path.ident)),
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.import(tree, before));
            }
            UseTree::Glob(glob) => {
                let span = glob.star_token.spans[0];
                return self.name(&[before, &["*".to_owned()]].concat(), span);
            }
            UseTree::Name(name) => (with(&name.ident), None, name.ident.span()),
            UseTree::Rename(rename) => {
                (with(&rename.ident), Some(rename.rename.to_string()), rename.ident.span())
            }
        };
        let short = short.or_else(|| path.last().cloned()).unwrap();
        self.name(&path, span);
        self.imported.insert(short, self.absolute(&path));
    }

    /// Paths and method calls among the tokens of a macro call, which `syn` does not parse.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut before = String::new();
        for token in tokens {
            match &token {
                TokenTree::Ident(ident) => {
                    if before != "::" {
                        path.clear();
                    }
                    path.push(ident.to_string());
                    if before == "." {
                        self.method(ident);
                    } else if path.len() > 1 {
                        self.name(&path, ident.span());
                    }
                    before.clear();
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => before.push(':'),
                other => {
                    path.clear();
                    before = other.to_string();
                }
            }
            if let TokenTree::Group(group) = token {
                self.tokens(group.stream());
            }
        }
    }
}

impl<'a> Visit<'a> for Reader {
    fn visit_item(&mut self, item: &'a Item) {
        if !is_test_code(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'a syn::ImplItemFn) {
        if !is_test_code(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_mod(&mut self, module: &'a syn::ItemMod) {
        let name = module.ident.to_string();
        self.imported.insert(name.clone(), format!("{}::{name}", self.module.join("::")));
        self.module.push(name);
        visit::visit_item_mod(self, module);
        self.module.pop();
    }

    fn visit_item_impl(&mut self, item: &'a syn::ItemImpl) {
        let outer = self.this.take();
        if let syn::Type::Path(this) = &*item.self_ty {
            self.this = this.path.segments.last().map(|segment| segment.ident.to_string());
        }
        visit::visit_item_impl(self, item);
        self.this = outer;
    }

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        self.import(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let segments: Vec<_> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        // A single name is a local one, or was imported, and that is where it is judged.
        if let [_, .., last] = path.segments.iter().collect::<Vec<_>>()[..] {
            self.name(&segments, last.ident.span());
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
        self.method(&call.method);
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &'a syn::Macro) {
        self.tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// `#[test]`, `#[cfg(test)]`, `#[cfg(all(test, …))]`.
fn is_test_code(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let condition = match attribute.meta.require_list() {
            Ok(list) if list.path.is_ident("cfg") => list.tokens.to_string().replace(' ', ""),
            _ => String::new(),
        };
        attribute.path().is_ident("test")
            || condition == "test"
            || condition.starts_with("all(test,")
    })
}
