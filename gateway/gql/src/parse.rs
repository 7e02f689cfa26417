//! Reads the text of a document, by the grammar of the specification, into async-graphql's types. Ours instead of
//! async-graphql's parser, which takes a hundred times as long, recurses as deep as the text says and quotes the text in
//! its errors. Counts tokens and open brackets as it goes, and stops at the first that is too many.

mod lexer;
mod text;
mod values;

use std::collections::{HashMap, hash_map::Entry};

use async_graphql::{
    Name, Pos, Positioned,
    parser::types::{
        BaseType, Directive, DocumentOperations, ExecutableDocument, Field, FragmentDefinition,
        FragmentSpread, InlineFragment, OperationDefinition, OperationType, Selection, SelectionSet, Type,
        TypeCondition, VariableDefinition,
    },
};
use async_graphql_value::Value;

use self::lexer::{Lexer, Token, TokenKind};
use crate::{
    Limits,
    engine::refusal::{Code, Problem, quote_text},
};

/// The document of a text that is within the limits of texts.
pub(crate) fn parse_document(text: &str, limits: &Limits) -> Result<ExecutableDocument, Problem> {
    check_length(text, limits)?;

    let mut lexer = Lexer::new(text, limits.tokens);
    let token = lexer.next()?;
    let mut parser = Parser {
        lexer,
        token,
        open: 0,
        limits,
    };

    parser.document()
}

/// Whether a text is short enough to be looked at at all.
pub(crate) fn check_length(text: &str, limits: &Limits) -> Result<(), Problem> {
    let (found, limit) = (text.len(), limits.document_bytes);
    if found > limit {
        let message = format!("The document has {found} bytes; at most {limit} are allowed.");
        return Err(Problem::new(Code::DocumentTooLarge, message));
    }
    Ok(())
}

struct Parser<'t> {
    lexer: Lexer<'t>,
    /// The next one.
    token: Token<'t>,
    /// Brackets that are open.
    open: usize,
    limits: &'t Limits,
}

type Parsed<T> = Result<T, Problem>;

impl<'t> Parser<'t> {
    fn document(&mut self) -> Parsed<ExecutableDocument> {
        let mut fragments = HashMap::new();
        let mut named = HashMap::new();
        let mut nameless: Option<Positioned<OperationDefinition>> = None;
        while self.token.kind != TokenKind::End {
            self.description()?;

            let pos = self.token.pos;
            if self.token.kind == TokenKind::Name("fragment") {
                let (name, fragment) = self.fragment()?;
                once(&mut fragments, name, Positioned::new(fragment, pos), "fragment")?;
                continue;
            }

            let (name, operation) = self.operation()?;
            let operation = Positioned::new(operation, pos);

            match name {
                Some(name) => once(&mut named, name, operation, "operation")?,
                None if nameless.is_some() => return Err(lonely(pos)),
                None => nameless = Some(operation),
            }
        }

        let operations = match nameless {
            Some(only) if named.is_empty() => DocumentOperations::Single(only),
            Some(other) => return Err(lonely(other.pos)),
            None if named.is_empty() => return Err(self.wrong("an operation")),
            None => DocumentOperations::Multiple(named),
        };

        Ok(ExecutableDocument {
            operations,
            fragments,
        })
    }

    /// Of the operation or fragment that follows. The short form of a query has none.
    fn description(&mut self) -> Parsed<()> {
        let described = self.take_if(is_text)?;
        if described && self.is(b'{') {
            return Err(self.wrong("`query`, `mutation`, `subscription` or `fragment` after a description"));
        }
        Ok(())
    }

    fn operation(&mut self) -> Parsed<(Option<Positioned<Name>>, OperationDefinition)> {
        let ty = match self.token.kind {
            TokenKind::Punctuator(b'{') => {
                let operation = OperationDefinition {
                    ty: OperationType::Query,
                    variable_definitions: Vec::new(),
                    directives: Vec::new(),
                    selection_set: self.selection_set()?,
                };
                return Ok((None, operation));
            }
            TokenKind::Name("query") => OperationType::Query,
            TokenKind::Name("mutation") => OperationType::Mutation,
            TokenKind::Name("subscription") => OperationType::Subscription,
            _ => return Err(self.wrong("`query`, `mutation`, `subscription`, `fragment` or `{`")),
        };

        self.advance()?;

        let name = match self.token.kind {
            TokenKind::Name(_) => Some(self.name()?),
            _ => None,
        };

        let variable_definitions = match self.is(b'(') {
            true => self.many(b'(', b')', "a variable", Self::variable_definition)?,
            false => Vec::new(),
        };

        let operation = OperationDefinition {
            ty,
            variable_definitions,
            directives: self.directives(false)?,
            selection_set: self.selection_set()?,
        };

        Ok((name, operation))
    }

    fn variable_definition(&mut self) -> Parsed<Positioned<VariableDefinition>> {
        self.take_if(is_text)?;

        let pos = self.token.pos;
        let name = self.variable()?;

        self.expect(b':')?;

        let at = self.token.pos;
        let var_type = Positioned::new(self.ty()?, at);
        let mut default_value = None;
        if self.is(b'=') {
            self.advance()?;
            let value = self.value(true)?;
            // Without variables every value is a constant.
            default_value = value
                .node
                .into_const()
                .map(|constant| Positioned::new(constant, value.pos));
        }

        let definition = VariableDefinition {
            name,
            var_type,
            directives: self.directives(true)?,
            default_value,
        };

        Ok(Positioned::new(definition, pos))
    }

    fn ty(&mut self) -> Parsed<Type> {
        let base = if self.is(b'[') {
            self.open()?;
            let item = self.ty()?;
            self.close(b']')?;
            BaseType::List(Box::new(item))
        } else {
            BaseType::Named(self.name()?.node)
        };

        let nullable = !self.is(b'!');
        if !nullable {
            self.advance()?;
        }

        Ok(Type { base, nullable })
    }

    fn fragment(&mut self) -> Parsed<(Positioned<Name>, FragmentDefinition)> {
        self.advance()?;

        if self.token.kind == TokenKind::Name("on") {
            return Err(self.wrong("the name of a fragment"));
        }

        let name = self.name()?;
        let Some(type_condition) = self.type_condition()? else {
            return Err(self.wrong("`on`"));
        };
        let fragment = FragmentDefinition {
            type_condition,
            directives: self.directives(false)?,
            selection_set: self.selection_set()?,
        };

        Ok((name, fragment))
    }

    fn type_condition(&mut self) -> Parsed<Option<Positioned<TypeCondition>>> {
        if self.token.kind != TokenKind::Name("on") {
            return Ok(None);
        }
        let pos = self.token.pos;
        self.advance()?;
        let on = self.name()?;
        Ok(Some(Positioned::new(TypeCondition { on }, pos)))
    }

    fn selection_set(&mut self) -> Parsed<Positioned<SelectionSet>> {
        let pos = self.token.pos;
        let items = self.many(b'{', b'}', "a field", Self::selection)?;
        Ok(Positioned::new(SelectionSet { items }, pos))
    }

    fn selection(&mut self) -> Parsed<Positioned<Selection>> {
        let pos = self.token.pos;
        if self.token.kind != TokenKind::Spread {
            let field = self.field()?;
            return Ok(Positioned::new(
                Selection::Field(Positioned::new(field, pos)),
                pos,
            ));
        }

        self.advance()?;

        let selection = match self.token.kind {
            TokenKind::Name(name) if name != "on" => {
                let spread = FragmentSpread {
                    fragment_name: self.name()?,
                    directives: self.directives(false)?,
                };
                Selection::FragmentSpread(Positioned::new(spread, pos))
            }
            _ => {
                let fragment = InlineFragment {
                    type_condition: self.type_condition()?,
                    directives: self.directives(false)?,
                    selection_set: self.selection_set()?,
                };
                Selection::InlineFragment(Positioned::new(fragment, pos))
            }
        };

        Ok(Positioned::new(selection, pos))
    }

    fn field(&mut self) -> Parsed<Field> {
        let mut name = self.name()?;
        let mut alias = None;
        if self.is(b':') {
            self.advance()?;
            alias = Some(std::mem::replace(&mut name, self.name()?));
        }

        let arguments = self.arguments(false)?;
        let directives = self.directives(false)?;
        let selection_set = match self.is(b'{') {
            true => self.selection_set()?,
            false => Positioned::default(),
        };

        Ok(Field {
            alias,
            name,
            arguments,
            directives,
            selection_set,
        })
    }

    fn directives(&mut self, constant: bool) -> Parsed<Vec<Positioned<Directive>>> {
        let mut directives = Vec::new();
        while self.is(b'@') {
            let pos = self.token.pos;
            self.advance()?;
            let name = self.name()?;
            let arguments = self.arguments(constant)?;
            directives.push(Positioned::new(Directive { name, arguments }, pos));
        }

        Ok(directives)
    }

    fn arguments(&mut self, constant: bool) -> Parsed<Vec<(Positioned<Name>, Positioned<Value>)>> {
        if !self.is(b'(') {
            return Ok(Vec::new());
        }
        self.many(b'(', b')', "an argument", |parser| {
            let name = parser.name()?;
            parser.expect(b':')?;
            Ok((name, parser.value(constant)?))
        })
    }

    fn name(&mut self) -> Parsed<Positioned<Name>> {
        let TokenKind::Name(name) = self.token.kind else {
            return Err(self.wrong("a name"));
        };
        let pos = self.token.pos;
        self.advance()?;
        Ok(Positioned::new(Name::new(name), pos))
    }

    fn variable(&mut self) -> Parsed<Positioned<Name>> {
        self.expect(b'$')?;
        self.name()
    }

    /// One or more between two brackets.
    fn many<T>(
        &mut self,
        open: u8,
        close: u8,
        what: &str,
        mut one: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        if !self.is(open) {
            return Err(self.wrong(&format!("`{}`", char::from(open))));
        }

        self.open()?;

        if self.is(close) {
            return Err(self.wrong(what));
        }

        let mut all = Vec::new();
        while !self.is(close) {
            all.push(one(self)?);
        }

        self.close(close)?;

        Ok(all)
    }

    /// Steps into the bracket that is next.
    fn open(&mut self) -> Parsed<()> {
        self.open += 1;
        let limit = self.limits.nesting;
        if self.open > limit {
            let message = format!("Too many brackets are open at once; at most {limit} are allowed.");
            return Err(Problem::new(Code::NestedTooDeep, message).with_place(self.token.pos));
        }
        self.advance()
    }

    fn close(&mut self, bracket: u8) -> Parsed<()> {
        self.expect(bracket)?;
        self.open -= 1;
        Ok(())
    }

    fn is(&self, punctuator: u8) -> bool {
        self.token.kind == TokenKind::Punctuator(punctuator)
    }

    fn expect(&mut self, punctuator: u8) -> Parsed<()> {
        if !self.is(punctuator) {
            return Err(self.wrong(&format!("`{}`", char::from(punctuator))));
        }
        self.advance()
    }

    /// True when the next token was one that is looked for.
    fn take_if(&mut self, is: impl Fn(&TokenKind<'t>) -> bool) -> Parsed<bool> {
        let found = is(&self.token.kind);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn advance(&mut self) -> Parsed<()> {
        self.token = self.lexer.next()?;
        Ok(())
    }

    fn wrong(&self, expected: &str) -> Problem {
        let found = match self.token.kind {
            TokenKind::End => "the end".to_owned(),
            TokenKind::Text(_) | TokenKind::Block(_) => "a string".to_owned(),
            TokenKind::Name(text) | TokenKind::Int(text) | TokenKind::Float(text) => quote_text(text),
            TokenKind::Spread => "`...`".to_owned(),
            TokenKind::Punctuator(byte) => format!("`{}`", char::from(byte)),
        };
        let message = format!("The document is not GraphQL: expected {expected}, found {found}.");

        Problem::new(Code::ParseFailed, message).with_place(self.token.pos)
    }
}

fn is_text(kind: &TokenKind<'_>) -> bool {
    matches!(kind, TokenKind::Text(_) | TokenKind::Block(_))
}

fn once<T>(
    all: &mut HashMap<Name, Positioned<T>>,
    name: Positioned<Name>,
    one: Positioned<T>,
    what: &str,
) -> Parsed<()> {
    match all.entry(name.node) {
        Entry::Vacant(entry) => {
            entry.insert(one);
            Ok(())
        }
        Entry::Occupied(entry) => {
            let message = format!("The {what} {} is defined twice.", quote_text(entry.key()));
            Err(Problem::invalid(entry.get().pos, message).with_place(name.pos))
        }
    }
}

fn lonely(pos: Pos) -> Problem {
    Problem::invalid(
        pos,
        "An operation without a name must be the only one of its document.",
    )
}
