//! The routes as the sources of the API have them.

use std::collections::BTreeSet;
use std::path::Path;
use syn::visit::{self, Visit};

const METHODS: [&str; 5] = ["get", "post", "patch", "put", "delete"];

/// Method and path of every handler in `src/api`, by actix's own attributes.
pub fn routes_of_sources() -> BTreeSet<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
    let mut found = Handlers::default();
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = syn::parse_file(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
        found.visit_file(&file.unwrap());
    }
    assert_eq!(found.unnamed, 1, "beside the handlers, the document itself has a route");
    found.routes
}

#[derive(Default)]
struct Handlers {
    routes: BTreeSet<(String, String)>,
    /// Routes that are added by a call, which no document names.
    unnamed: usize,
}

impl Handlers {
    fn add(&mut self, method: &str, path: &str) {
        let base = if path.starts_with("/.well-known/") { "" } else { "/api/v1" };
        self.routes.insert((method.to_uppercase(), format!("{base}{path}")));
    }
}

impl<'ast> Visit<'ast> for Handlers {
    fn visit_item_fn(&mut self, handler: &'ast syn::ItemFn) {
        for attribute in &handler.attrs {
            let Some(method) = METHODS.iter().find(|m| attribute.path().is_ident(m)) else {
                continue;
            };
            let path: syn::LitStr = attribute.parse_args().unwrap();
            self.add(method, &path.value());
        }
        visit::visit_item_fn(self, handler);
    }

    /// Handlers that a macro makes: `name, "/path", View;`, all of them lists.
    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        if item.ident.is_some() {
            return;
        }
        for token in item.mac.tokens.clone() {
            let proc_macro2::TokenTree::Literal(literal) = token else { continue };
            let text = literal.to_string();
            if let Some(path) = text.trim_matches('"').strip_prefix('/') {
                self.add("get", &format!("/{path}"));
            }
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if ["route", "resource", "external_resource"].contains(&call.method.to_string().as_str()) {
            self.unnamed += 1;
        }
        visit::visit_expr_method_call(self, call);
    }
}
