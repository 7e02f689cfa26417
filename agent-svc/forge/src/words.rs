//! Forms of a noun: one and many, and the names that code, addresses and people give it.

const IRREGULAR: &[(&str, &str)] = &[
    ("person", "people"),
    ("child", "children"),
    ("man", "men"),
    ("woman", "women"),
    ("mouse", "mice"),
    ("goose", "geese"),
    ("foot", "feet"),
    ("tooth", "teeth"),
    ("leaf", "leaves"),
    ("shelf", "shelves"),
    ("knife", "knives"),
    ("life", "lives"),
    ("wife", "wives"),
    ("hero", "heroes"),
    ("potato", "potatoes"),
    ("tomato", "tomatoes"),
    ("movie", "movies"),
    ("cookie", "cookies"),
    ("species", "species"),
    ("series", "series"),
    ("sheep", "sheep"),
    ("fish", "fish"),
    ("news", "news"),
    ("quiz", "quizzes"),
    ("bus", "buses"),
    ("status", "statuses"),
    ("gas", "gases"),
    ("lens", "lenses"),
    ("axe", "axes"),
    ("cache", "caches"),
];

/// Words that mean something else where a type, a component or a record's field has that name.
const TAKEN: &[&str] = &[
    "Date",
    "Map",
    "Set",
    "Object",
    "String",
    "Number",
    "Boolean",
    "Error",
    "Array",
    "Promise",
    "Symbol",
    "Record",
    "Partial",
    "Event",
    "Node",
    "Element",
    "Document",
    "Text",
    "Image",
    "File",
    "Function",
    "App",
    "Link",
    "Route",
    "Role",
    "Rule",
    "Board",
    "Calendar",
    "Card",
    "Entry",
    "Column",
    "Empty",
    "Filter",
    "Search",
    "Import",
    "Confirm",
    "Waiting",
    "Bar",
    "Overview",
    "Repository",
    "Saved",
    "Stored",
    "Load",
    "Records",
    "Problems",
    "Situation",
];
const TAKEN_KEYS: &[&str] = &[
    "id",
    "createdAt",
    "constructor",
    "toString",
    "valueOf",
    "hasOwnProperty",
    "prototype",
    "then",
    "query",
    "order",
];

/// `book` is `books`, `person` is `people`: the last word of the noun changes.
pub(crate) fn plural(noun: &str) -> String {
    let (head, last) = noun
        .rsplit_once(' ')
        .map_or(("", noun), |(head, last)| (head, last));
    let many = if let Some((_, many)) = IRREGULAR.iter().find(|(one, _)| *one == last) {
        (*many).to_owned()
    } else if last.ends_with(['s', 'x'])
        || last.ends_with("ch")
        || last.ends_with("sh")
        || last.ends_with('z')
    {
        format!("{last}es")
    } else if let Some(stem) = last
        .strip_suffix('y')
        .filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']))
    {
        format!("{stem}ies")
    } else {
        format!("{last}s")
    };

    if head.is_empty() {
        many
    } else {
        format!("{head} {many}")
    }
}

/// `books` is `book`; a noun that is one already stays.
pub(crate) fn singular(noun: &str) -> String {
    let (head, last) = noun
        .rsplit_once(' ')
        .map_or(("", noun), |(head, last)| (head, last));
    let one = if let Some((one, _)) = IRREGULAR.iter().find(|(one, many)| *many == last || *one == last) {
        (*one).to_owned()
    } else if let Some(stem) = last.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        format!("{stem}y")
    } else if ["ches", "shes", "xes", "sses", "zes"]
        .iter()
        .any(|end| last.ends_with(end))
    {
        last[..last.len() - 2].to_owned()
    } else if last.ends_with("ss") || last.ends_with("us") || last.ends_with("is") {
        last.to_owned()
    } else {
        last.strip_suffix('s')
            .filter(|stem| stem.len() > 1)
            .unwrap_or(last)
            .to_owned()
    };

    if head.is_empty() {
        one
    } else {
        format!("{head} {one}")
    }
}

/// Whether a noun is in its plural.
pub(crate) fn is_plural(noun: &str) -> bool {
    let one = singular(noun);
    one != noun && plural(&one) == noun
}

fn parts(label: &str) -> impl Iterator<Item = String> {
    label
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .map(str::to_ascii_lowercase)
}

fn capitalize(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// `due date` is `DueDate`: the name of a type, never one that the language or the project uses already.
pub(crate) fn type_name(label: &str) -> String {
    let name: String = parts(label).map(|part| capitalize(&part)).collect();
    if TAKEN.contains(&name.as_str()) {
        return format!("{name}Item");
    }

    if name.starts_with(|first: char| first.is_ascii_digit()) {
        format!("N{name}")
    } else {
        name
    }
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default()
}

/// `Due date` is `dueDate`: the name of a field.
pub(crate) fn key_name(label: &str) -> String {
    let name: String = parts(label).map(|part| capitalize(&part)).collect();
    let name = lower_first(&name);
    if TAKEN_KEYS.contains(&name.as_str()) {
        return format!("{name}Value");
    }

    if name.starts_with(|first: char| first.is_ascii_digit()) {
        format!("n{name}")
    } else {
        name
    }
}

/// The beginning of the names of what belongs to a type: `BoardGame` is `boardGame`.
pub(crate) fn value_name(label: &str) -> String {
    lower_first(&type_name(label))
}

/// `board games` is `board-games`: a part of an address, and a folder.
pub(crate) fn path_name(label: &str) -> String {
    parts(label).collect::<Vec<_>>().join("-")
}

/// `due date` is `Due date`, as it stands before a field; `isbn` is `ISBN`.
pub(crate) fn sentence_case(label: &str) -> String {
    let is_size = (2..=3).contains(&label.len()) && label.bytes().all(|byte| b"smxl".contains(&byte));
    if is_size || ["isbn", "sku", "url", "vat", "ph", "doi", "bpm"].contains(&label) {
        return label.to_uppercase();
    }

    capitalize(label)
}

/// `plant care` is `Plant Care`.
pub(crate) fn title_case(label: &str) -> String {
    label.split(' ').map(capitalize).collect::<Vec<_>>().join(" ")
}

/// `a` or `an`.
pub(crate) fn article(noun: &str) -> &'static str {
    let sounds_like_you = ["uni", "use", "usu", "eu", "one"]
        .iter()
        .any(|start| noun.starts_with(start));
    if noun.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']) && !sounds_like_you {
        "an"
    } else {
        "a"
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn join_list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
