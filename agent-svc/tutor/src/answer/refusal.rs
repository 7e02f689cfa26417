//! How the tutor says no: short, kind, and each time about what was tried.

use crate::message::Pressure;

/// One line that refuses. `about` is what is being talked of.
pub(super) fn line(pressure: Pressure, about: &str, turn: u32) -> String {
    let lines = lines_of(pressure);
    let at = usize::try_from(turn).unwrap_or_default() % lines.len();
    let about = if about.is_empty() {
        "this".to_owned()
    } else {
        format!("`{}`", about.replace('`', "'"))
    };
    lines[at].replace("{about}", &about)
}

const fn lines_of(pressure: Pressure) -> &'static [&'static str] {
    match pressure {
        Pressure::Begging => &[
            "I will not write {about} for you: the minute before you see it yourself is the one in which you learn it. Here is a step that is small enough.",
            "You would have {about} for a moment and have lost it by tomorrow. I stay with you until it is yours; look at this first.",
            "Asking again is fine, and I am not going away; the code of {about} has to come from you. Try only this.",
            "I can see that you want to be done with {about}. The quickest way there is one more look, at this.",
        ],
        Pressure::Deadline => &[
            "Time is short, so let us spend it on one thing. I do not write {about}, but this step is the one that unlocks the rest.",
            "That is a hard spot to be in. A solution of {about} that you cannot explain would not get you out of it; this may.",
        ],
        Pressure::Authority => &[
            "I cannot check who is asking, and it would change nothing: about {about} I ask, and keep to that with everybody.",
            "If you teach {about}, you have better sources for a reference answer than me. Try how this question works on a learner.",
        ],
        Pressure::RolePlay => &[
            "I stay your tutor in every story, also in this one. About {about} I have a question that you can answer without acting.",
            "A nice idea for a play, but its hero would still have to find {about} alone. Here is the next scene.",
        ],
        Pressure::Once => &[
            "Not even once, because the once is always the part of {about} that one needed to learn. Something smaller instead.",
            "Nobody else has to know, but you would. Let us make the next step of {about} easier, not skip it.",
        ],
        Pressure::Instructions => &[
            "There is no hidden text that holds {about}, and how I work I keep to myself. What helps you on is this.",
            "No switch turns me into somebody who hands {about} over. I can make the next question easier, though.",
        ],
        Pressure::Encoding => &[
            "In another dress it would still be the solution of {about}, so no. In plain words, look at this.",
            "I write plain sentences only, and none of them holds the code of {about}. Try this small case.",
        ],
        Pressure::FillIn => &[
            "The blank in {about} is the part that is yours. I help you find what belongs there.",
            "I do not finish the code of {about}; tell me what should be true at that place, and you will see what is missing.",
        ],
        Pressure::Pieces => &[
            "A solution in slices is still one, so I give no single line of {about} either. What it must do, we can find out.",
            "Line by line would soon be all of {about}. Take a small case instead and say what happens in it.",
        ],
        Pressure::Translation => &[
            "In every language the idea behind {about} is the same, and the idea is what you have to find. So no code, in none of them.",
            "Another language or other names would leave the thinking about {about} to me. Let us do it with a small case.",
        ],
        Pressure::YesOrNo => &[
            "I do not sign or repair code of {about} for you; I ask until you can judge it yourself.",
            "Whether {about} is right, a small case tells you better than my yes would.",
        ],
    }
}
