//! Books of the offline author, as they are really written: all genres, many prompts.

use fiction::{cast_book, plan_book, write_book};
use proto::tasks::fiction::{
    bible::Bible,
    cast::CharacterSmithInput,
    finding::ContinuityInput,
    plan::{ArchitectInput, ArchitectOutput, Genre},
};

const PROMPTS: [&str; 10] = [
    "",
    "A retired cartographer, Ines Moreau, returns to Lisbon to find who burned her brother's maps.",
    "Engineer Tomas Okafor discovers that the water has begun to sing. The doctor, Lin Wei, refuses to leave.",
    "A blacksmith named Corin must carry a cracked bell to the city of Velmar before the first snow.",
    "A baker and her rival in Brighton, 1952, are forced to share a kitchen.",
    "A librarian in Prague finds a stolen violin. Detective Novak suspects her father.",
    "Someone poisons the bees of the monastery. Brother Anselm investigates.",
    "Clara Holt vanishes from a lighthouse in winter. Her sister Edith keeps the lamp. First person.",
    "Somebody stole the crown jewels of the museum. Funny.",
    "The old teacher is found dead at the harbour. Inspector Hale asks the children.",
];

pub(crate) fn write_authors_book(number: u64, chapters: u32, words: u32) -> ContinuityInput {
    let at = usize::try_from(number).unwrap();
    let genre = Genre::ALL[at % Genre::ALL.len()];
    let brief = ArchitectInput {
        prompt: PROMPTS[(at / Genre::ALL.len() + at) % PROMPTS.len()].to_owned(),
        genres: vec![genre.as_str().to_owned()],
        chapters,
        words_per_chapter: words,
        seed: number,
        ..ArchitectInput::default()
    };
    let ArchitectOutput::Outline(outline) = plan_book(&brief).unwrap() else {
        panic!("a genre was given");
    };
    let cast = cast_book(&CharacterSmithInput {
        brief,
        outline: outline.clone(),
    })
    .unwrap();
    let scenes = write_book(&outline, &cast, &Bible::default(), number).unwrap();

    ContinuityInput {
        outline: Some(outline),
        cast,
        bible: Bible::default(),
        scenes,
    }
}
