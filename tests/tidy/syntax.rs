//! What the tidy rules read of a source: its types, functions and bodies, without what is compiled for tests only.

use syn::{
    Attribute, Block, ImplItemFn, ItemEnum, ItemFn, ItemImpl, ItemMod, ItemStruct, ItemTrait, ItemType, Stmt,
    TraitItemFn, Visibility, visit::Visit,
};

use super::Source;

/// A function's body that has steps.
pub(super) struct Body {
    pub(super) name: String,
    pub(super) first_line: usize,
    pub(super) lines: usize,
    pub(super) has_blank_line: bool,
}

/// What stands in one file.
#[derive(Default)]
pub(super) struct Syntax {
    pub(super) types: Vec<String>,
    /// Names of the functions and methods that other files can call.
    pub(super) functions: Vec<String>,
    pub(super) bodies: Vec<Body>,
}

impl Syntax {
    pub(super) fn read(source: &Source) -> Self {
        let file = syn::parse_file(&source.text).expect("the tree compiles, so it parses");
        let mut reader = Reader {
            lines: source.text.lines().collect(),
            place: Place::Module,
            syntax: Self::default(),
        };
        reader.visit_file(&file);

        reader.syntax
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Module,
    Inherent,
    /// Its names are the trait's.
    Trait,
}

struct Reader<'a> {
    lines: Vec<&'a str>,
    place: Place,
    syntax: Syntax,
}

impl Reader<'_> {
    fn declare(&mut self, attributes: &[Attribute], name: &syn::Ident) {
        if !is_for_tests(attributes) {
            self.syntax.types.push(name.to_string());
        }
    }

    fn function(&mut self, visibility: &Visibility, name: &syn::Ident) {
        if !matches!(visibility, Visibility::Inherited) {
            self.syntax.functions.push(name.to_string());
        }
    }

    fn body(&mut self, name: &syn::Ident, block: &Block) {
        let first_line = block.brace_token.span.open().start().line;
        let last_line = block.brace_token.span.close().end().line;
        let inside = &self.lines[first_line..last_line.saturating_sub(1).max(first_line)];
        if has_steps(block) {
            self.syntax.bodies.push(Body {
                name: name.to_string(),
                first_line,
                lines: inside.len(),
                has_blank_line: inside.iter().any(|line| line.trim().is_empty()),
            });
        }
    }
}

/// More than one statement, so that there is a place to breathe.
fn has_steps(block: &Block) -> bool {
    let statements = block
        .stmts
        .iter()
        .filter(|statement| !matches!(statement, Stmt::Item(_)));
    statements.count() > 1
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        let is_test = path
            .segments
            .last()
            .is_some_and(|segment| segment.ident == "test");
        let is_cfg_test = path.is_ident("cfg")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|condition| condition.is_ident("test"));

        is_test || is_cfg_test
    })
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !is_for_tests(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        self.declare(&item.attrs, &item.ident);
    }

    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        self.declare(&item.attrs, &item.ident);
    }

    fn visit_item_type(&mut self, item: &'ast ItemType) {
        self.declare(&item.attrs, &item.ident);
    }

    fn visit_item_trait(&mut self, item: &'ast ItemTrait) {
        self.declare(&item.attrs, &item.ident);
        syn::visit::visit_item_trait(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if is_for_tests(&item.attrs) {
            return;
        }

        let outer = self.place;
        self.place = match item.trait_ {
            Some(_) => Place::Trait,
            None => Place::Inherent,
        };
        syn::visit::visit_item_impl(self, item);
        self.place = outer;
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if is_for_tests(&item.attrs) {
            return;
        }

        self.function(&item.vis, &item.sig.ident);
        self.body(&item.sig.ident, &item.block);
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if is_for_tests(&item.attrs) {
            return;
        }

        if self.place == Place::Inherent {
            self.function(&item.vis, &item.sig.ident);
        }
        self.body(&item.sig.ident, &item.block);
        syn::visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(block) = &item.default {
            self.body(&item.sig.ident, block);
        }
        syn::visit::visit_trait_item_fn(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Syntax {
        Syntax::read(&Source {
            path: "some.rs".into(),
            text: text.to_owned(),
        })
    }

    #[test]
    fn what_is_compiled_for_tests_only_is_left_out_and_what_stands_after_it_is_not() {
        let syntax = read("#[cfg(test)]\nmod tests { struct Hidden; }\nstruct Seen;\npub fn open() {}\n");

        assert_eq!(syntax.types, ["Seen"]);
        assert_eq!(syntax.functions.len(), 1);
    }

    #[test]
    fn a_body_knows_whether_it_has_a_blank_line() {
        let bodies = read("fn a() {\n    b();\n\n    c();\n}\nfn d() {\n    b();\n    c();\n}\n").bodies;
        let told: Vec<_> = bodies
            .iter()
            .map(|body| (body.lines, body.has_blank_line))
            .collect();

        assert_eq!(told, [(3, true), (2, false)]);
    }

    #[test]
    fn names_that_a_trait_gives_are_not_its_implementors_to_choose() {
        let functions =
            read("impl Iterator for A { fn next(&mut self) {} }\nimpl A { pub fn all(&self) {} }\n")
                .functions;

        assert_eq!(functions, ["all"]);
    }
}
