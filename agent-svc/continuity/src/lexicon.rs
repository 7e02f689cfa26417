//! English words that the checks know: numbers, colours, verbs, worn-out phrases.

/// `verb third-person past` of what people do in stories.
const VERBS: &str = "say says said;go goes went;walk walks walked;run runs ran;come comes came;look looks looked;\
take takes took;give gives gave;sit sits sat;stand stands stood;turn turns turned;smile smiles smiled;nod nods nodded;\
laugh laughs laughed;ask asks asked;answer answers answered;reply replies replied;whisper whispers whispered;\
shout shouts shouted;think thinks thought;know knows knew;feel feels felt;see sees saw;hear hears heard;find finds found;\
hold holds held;keep keeps kept;leave leaves left;open opens opened;close closes closed;pull pulls pulled;\
push pushes pushed;reach reaches reached;wait waits waited;watch watches watched;want wants wanted;try tries tried;\
begin begins began;stop stops stopped;make makes made;tell tells told;write writes wrote;speak speaks spoke;\
sleep sleeps slept;wake wakes woke;eat eats ate;drink drinks drank;fall falls fell;rise rises rose;climb climbs climbed;\
step steps stepped;lean leans leaned;bend bends bent;throw throws threw;catch catches caught;break breaks broke;\
draw draws drew;lift lifts lifted;drop drops dropped;carry carries carried;bring brings brought;follow follows followed;\
enter enters entered;cross crosses crossed;shake shakes shook;shrug shrugs shrugged;sigh sighs sighed;\
remember remembers remembered;forget forgets forgot;hope hopes hoped;believe believes believed;decide decides decided;\
knock knocks knocked;call calls called;cry cries cried;swim swims swam;ride rides rode;sing sings sang;play plays played;\
fight fights fought;drive drives drove;pick picks picked;sew sews sewed;forge forges forged;heal heals healed;\
dance dances danced;sail sails sailed;shoot shoots shot;fly flies flew;cook cooks cooked;hunt hunts hunted;\
fence fences fenced;juggle juggles juggled;paint paints painted;steer steers steered;hand hands handed";

/// Base, third person and past of a verb.
pub(crate) fn list_verbs() -> impl Iterator<Item = [&'static str; 3]> {
    VERBS.split(';').filter_map(|forms| {
        let mut forms = forms.split(' ');
        Some([forms.next()?, forms.next()?, forms.next()?])
    })
}

pub(crate) const SAYS: &[&str] = &[
    "said",
    "says",
    "asked",
    "asks",
    "answered",
    "answers",
    "replied",
    "replies",
    "whispered",
    "whispers",
    "shouted",
    "shouts",
    "muttered",
    "mutters",
    "cried",
    "cries",
    "murmured",
    "called",
    "added",
    "repeated",
];

/// What nobody dead does, as the prose tells it.
pub(crate) const ALIVE: &[&str] = &[
    "said",
    "says",
    "asked",
    "answered",
    "replied",
    "whispered",
    "shouted",
    "muttered",
    "murmured",
    "walked",
    "ran",
    "smiled",
    "nodded",
    "laughed",
    "grinned",
    "shrugged",
    "sighed",
    "stood",
    "sat",
    "turned",
    "opened",
    "closed",
    "climbed",
    "stepped",
    "entered",
    "handed",
    "poured",
    "knocked",
    "drank",
    "ate",
    "winked",
    "waved",
    "frowned",
    "walks",
    "smiles",
    "nods",
    "laughs",
    "asks",
    "answers",
    "turns",
    "opens",
    "sits",
    "stands",
];

const UNITS: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 8] = [
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];

/// `34`, `thirty-four`, `nine`.
pub(crate) fn read_number(word: &str) -> Option<u32> {
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        return word.parse().ok();
    }
    let find = |list: &[&str], word: &str| {
        list.iter()
            .position(|known| *known == word)
            .and_then(|at| u32::try_from(at).ok())
    };
    if let Some(unit) = find(&UNITS, word) {
        return Some(unit);
    }
    let (tens, unit) = word.split_once('-').unwrap_or((word, "zero"));
    let tens = 10 * (find(&TENS, tens)? + 2);
    let unit = find(&UNITS, unit).filter(|unit| *unit < 10)?;

    Some(tens + unit)
}

/// Colours that a reader takes for one another stand in one group; a word may be in several.
const COLOURS: &[&[&str]] = &[
    &[
        "brown",
        "hazel",
        "chestnut",
        "dark",
        "amber",
        "nut-brown",
        "mousy",
        "brunette",
        "auburn",
    ],
    &["black", "dark", "raven", "jet", "coal-black"],
    &["blue", "pale", "light", "grey-blue", "blue-grey"],
    &[
        "green",
        "hazel",
        "grey-green",
        "green-grey",
        "pale",
        "light",
        "sea-green",
    ],
    &[
        "grey",
        "gray",
        "steel",
        "silver",
        "white",
        "iron",
        "ash",
        "ashen",
        "grizzled",
        "pale",
        "light",
        "grey-blue",
        "blue-grey",
        "grey-green",
    ],
    &[
        "blond",
        "blonde",
        "fair",
        "golden",
        "yellow",
        "straw",
        "sandy",
        "flaxen",
        "light",
        "pale",
        "straw-coloured",
        "honey",
    ],
    &[
        "red", "auburn", "ginger", "copper", "russet", "rust", "sandy", "foxy",
    ],
    &["violet", "purple"],
];

pub(crate) fn is_colour(word: &str) -> bool {
    COLOURS.iter().any(|group| group.contains(&word))
}

pub(crate) fn are_alike(one: &str, other: &str) -> bool {
    one == other
        || COLOURS
            .iter()
            .any(|group| group.contains(&one) && group.contains(&other))
}

pub(crate) const BODY: &[&str] = &[
    "palm", "hand", "cheek", "brow", "eyebrow", "forehead", "chin", "jaw", "wrist", "arm", "forearm",
    "shoulder", "leg", "knee", "ear", "eye", "temple", "thumb", "finger", "neck", "throat", "lip", "nose",
    "foot", "ankle",
];
pub(crate) const MARKS: &[&str] = &[
    "scar",
    "burn",
    "tattoo",
    "birthmark",
    "mole",
    "limp",
    "limped",
    "notch",
    "freckle",
    "stain",
];

/// What a person or a house has the same number of from one day to the next.
pub(crate) const COUNTED: &[&str] = &[
    "sons",
    "daughters",
    "children",
    "brothers",
    "sisters",
    "siblings",
    "wives",
    "husbands",
    "cats",
    "dogs",
    "horses",
    "rooms",
    "floors",
    "storeys",
    "windows",
    "doors",
    "steps",
    "stairs",
    "towers",
    "bells",
    "chimneys",
    "ships",
    "boats",
    "keys",
    "rings",
    "fingers",
    "cousins",
    "aunts",
    "uncles",
    "grandchildren",
    "bridges",
    "gates",
    "masts",
    "beds",
    "son",
    "daughter",
    "child",
    "brother",
    "sister",
    "cat",
    "dog",
    "horse",
];

/// One form for one and for many.
pub(crate) fn reduce_plural(noun: &str) -> String {
    match noun {
        "children" => "child".to_owned(),
        "wives" => "wife".to_owned(),
        _ => noun.strip_suffix('s').unwrap_or(noun).to_owned(),
    }
}

pub(crate) const WORN_PHRASES: &[&str] = &[
    "a chill ran down",
    "a shiver ran down",
    "shiver down his spine",
    "shiver down her spine",
    "let out a breath he didn't know",
    "let out a breath she didn't know",
    "breath she had been holding",
    "breath he had been holding",
    "breath i had been holding",
    "time stood still",
    "time seemed to stand still",
    "dark and stormy night",
    "only time would tell",
    "little did he know",
    "little did she know",
    "little did they know",
    "needle in a haystack",
    "white as a sheet",
    "quiet as a mouse",
    "cold as ice",
    "at the end of the day",
    "heart skipped a beat",
    "heart pounded in his chest",
    "heart pounded in her chest",
    "heart hammered in",
    "blood ran cold",
    "could have heard a pin drop",
    "could hear a pin drop",
    "a deafening silence",
    "the silence was deafening",
    "like a ton of bricks",
    "calm before the storm",
    "in the nick of time",
    "eyes sparkled like",
    "sparkled like diamonds",
    "butterflies in her stomach",
    "butterflies in his stomach",
    "the weight of the world",
    "a single tear rolled",
    "a single tear slid",
    "crystal clear",
    "every fibre of his being",
    "every fibre of her being",
    "every fiber of his being",
    "every fiber of her being",
    "avoid like the plague",
    "last but not least",
    "a blessing in disguise",
    "tip of the iceberg",
    "like there was no tomorrow",
    "fit as a fiddle",
    "love at first sight",
    "a testament to",
    "sent shivers",
    "steeled herself",
    "steeled himself",
    "the air was thick with",
    "eyes widened in shock",
];
