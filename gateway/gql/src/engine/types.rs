//! What the schema's types are, in a form that documents and variables are checked and counted against. Read once, at
//! start, from the schema's own introspection; knows nothing of resolvers.

mod read;

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{BaseType, OperationType, Type as Written};

pub(crate) use self::read::TypesError;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TypeId(usize);

/// A named type.
#[derive(Debug)]
pub(crate) struct Type {
    pub(crate) name: String,
    pub(crate) shape: TypeShape,
}

#[derive(Debug)]
pub(crate) enum TypeShape {
    Scalar,
    Enum(Vec<String>),
    Input {
        fields: Vec<Input>,
        /// Exactly one field must be given.
        one_of: bool,
    },
    Object {
        fields: HashMap<String, Field>,
        interfaces: Vec<TypeId>,
    },
    Interface {
        fields: HashMap<String, Field>,
        possible: HashSet<TypeId>,
    },
    Union {
        possible: HashSet<TypeId>,
    },
}

/// A field of an object or interface.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) args: Vec<Input>,
    pub(crate) ty: TypeRef,
    /// What a leaf counts in the complexity: one, or more where it is long.
    pub(crate) weight: u64,
}

/// An argument, or a field of an input object.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) ty: TypeRef,
    /// As the schema writes it.
    pub(crate) default: Option<String>,
}

impl Input {
    pub(crate) fn is_required(&self) -> bool {
        self.default.is_none() && matches!(self.ty, TypeRef::NonNull(_))
    }
}

/// A use of a type: `[UUID!]!`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TypeRef {
    Named(TypeId),
    List(Box<TypeRef>),
    NonNull(Box<TypeRef>),
}

impl TypeRef {
    /// The type inside all lists.
    pub(crate) fn named_type(&self) -> TypeId {
        match self {
            Self::Named(id) => *id,
            Self::List(inner) | Self::NonNull(inner) => inner.named_type(),
        }
    }

    /// Without the outer exclamation mark.
    pub(crate) fn nullable(&self) -> &TypeRef {
        match self {
            Self::NonNull(inner) => inner,
            _ => self,
        }
    }

    pub(crate) fn is_non_null(&self) -> bool {
        matches!(self, Self::NonNull(_))
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self.nullable(), Self::List(_))
    }
}

/// A directive that documents may use.
#[derive(Debug)]
pub(crate) struct Directive {
    pub(crate) args: Vec<Input>,
    /// As the specification spells them, e.g. `FRAGMENT_SPREAD`.
    pub(crate) locations: Vec<String>,
    pub(crate) repeatable: bool,
}

#[derive(Debug)]
pub(crate) struct Types {
    all: Vec<Type>,
    names: HashMap<String, TypeId>,
    /// Names that types had before; only variables may still use them.
    old_names: HashMap<&'static str, TypeId>,
    pub(crate) directives: HashMap<String, Directive>,
    query: TypeId,
    mutation: Option<TypeId>,
    subscription: Option<TypeId>,
    /// `__typename`, which is on every type that has fields.
    typename: Field,
}

impl Types {
    pub(crate) fn get(&self, id: TypeId) -> &Type {
        &self.all[id.0]
    }

    pub(crate) fn find(&self, name: &str) -> Option<TypeId> {
        self.names.get(name).copied()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (TypeId, &Type)> {
        self.all.iter().enumerate().map(|(index, ty)| (TypeId(index), ty))
    }

    pub(crate) fn query(&self) -> TypeId {
        self.query
    }

    pub(crate) fn root(&self, operation: OperationType) -> Option<TypeId> {
        match operation {
            OperationType::Query => Some(self.query),
            OperationType::Mutation => self.mutation,
            OperationType::Subscription => self.subscription,
        }
    }

    pub(crate) fn field(&self, of: TypeId, name: &str) -> Option<&Field> {
        // The specification forbids it at the root of a subscription.
        if name == "__typename" && self.is_composite(of) && self.subscription != Some(of) {
            return Some(&self.typename);
        }
        self.fields(of)?.get(name)
    }

    pub(crate) fn fields(&self, of: TypeId) -> Option<&HashMap<String, Field>> {
        match &self.get(of).shape {
            TypeShape::Object { fields, .. } | TypeShape::Interface { fields, .. } => Some(fields),
            _ => None,
        }
    }

    /// Has fields, or stands for types that have.
    pub(crate) fn is_composite(&self, id: TypeId) -> bool {
        !matches!(
            self.get(id).shape,
            TypeShape::Scalar | TypeShape::Enum(_) | TypeShape::Input { .. }
        )
    }

    /// May be the type of an argument or variable.
    pub(crate) fn is_input(&self, id: TypeId) -> bool {
        matches!(
            self.get(id).shape,
            TypeShape::Scalar | TypeShape::Enum(_) | TypeShape::Input { .. }
        )
    }

    pub(crate) fn is_object(&self, id: TypeId) -> bool {
        matches!(self.get(id).shape, TypeShape::Object { .. })
    }

    /// Whether an object of type `one` can be of type `other`, too.
    pub(crate) fn overlap(&self, one: TypeId, other: TypeId) -> bool {
        match (self.possible(one), self.possible(other)) {
            (None, None) => one == other,
            (Some(many), None) => many.contains(&other),
            (None, Some(many)) => many.contains(&one),
            (Some(left), Some(right)) => !left.is_disjoint(right),
        }
    }

    /// Whether every object of type `inner` is of type `outer`.
    pub(crate) fn covers(&self, outer: TypeId, inner: TypeId) -> bool {
        match (self.possible(outer), self.possible(inner)) {
            (Some(outer), Some(inner)) => inner.is_subset(outer),
            (Some(outer), None) => outer.contains(&inner),
            (None, _) => outer == inner,
        }
    }

    pub(crate) fn possible(&self, id: TypeId) -> Option<&HashSet<TypeId>> {
        match &self.get(id).shape {
            TypeShape::Interface { possible, .. } | TypeShape::Union { possible } => Some(possible),
            _ => None,
        }
    }

    /// The same types, of which some had other names before.
    pub(crate) fn with_old_names(mut self, renamed: &[(&'static str, &'static str)]) -> Self {
        let known = renamed
            .iter()
            .filter_map(|(old, new)| Some((*old, self.find(new)?)));
        self.old_names = known.collect();
        self
    }

    /// The type that a variable is defined by, when all its names exist.
    pub(crate) fn resolve(&self, written: &Written) -> Option<TypeRef> {
        let inner = match &written.base {
            BaseType::Named(name) => {
                let old = || self.old_names.get(name.as_str()).copied();
                TypeRef::Named(self.find(name.as_str()).or_else(old)?)
            }
            BaseType::List(item) => TypeRef::List(Box::new(self.resolve(item)?)),
        };

        Some(if written.nullable {
            inner
        } else {
            TypeRef::NonNull(Box::new(inner))
        })
    }

    /// As a document writes it: `[UUID!]!`.
    pub(crate) fn show(&self, ty: &TypeRef) -> String {
        match ty {
            TypeRef::Named(id) => self.get(*id).name.clone(),
            TypeRef::List(item) => format!("[{}]", self.show(item)),
            TypeRef::NonNull(inner) => format!("{}!", self.show(inner)),
        }
    }
}
