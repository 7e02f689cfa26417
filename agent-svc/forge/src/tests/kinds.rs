//! Ideas as different people say them: each kind of saying it is built as it is meant, or said not to be built.

use super::{assert_bounds, content, feature_names, forge};
use crate::{Project, check_project};

/// What an idea must lead to: pieces that a file has and has not, and what is said not to be built.
struct Expected {
    idea: &'static str,
    has: &'static [(&'static str, &'static str)],
    lacks: &'static [(&'static str, &'static str)],
    says: &'static [&'static str],
}

fn omits(project: &Project, asked: &str) -> bool {
    project
        .omissions
        .iter()
        .any(|omission| omission.asked.contains(asked))
}

fn assert_expected(expected: &Expected) {
    let project = forge(expected.idea);
    assert_bounds(&project);
    assert_eq!(check_project(&project.files), [], "{}", expected.idea);

    for (path, piece) in expected.has {
        let content = content(&project, path);
        assert!(content.contains(piece), "{path} lacks {piece}: {content}");
    }
    for (path, piece) in expected.lacks {
        let content = content(&project, path);
        assert!(!content.contains(piece), "{path} has {piece}: {content}");
    }
    for asked in expected.says {
        assert!(
            omits(&project, asked),
            "{asked} is not said: {:?}",
            project.omissions
        );
    }
}

#[test]
fn a_list_belongs_to_what_its_sentence_is_about() {
    assert_expected(&Expected {
        idea: "Every pet belongs to an owner and has a name and a weight. Owners have a phone. Each visit is for one pet, with a date, a vet and a fee.",
        has: &[
            ("src/pets/pet.ts", "ownerId: string"),
            ("src/pets/pet.ts", "weight: number"),
            ("src/visits/visit.ts", "petId: string"),
            ("src/visits/visit.ts", "fee: number"),
        ],
        lacks: &[("src/owners/owner.ts", "weight"), ("src/pets/pet.ts", "fee")],
        says: &[],
    });
    assert_expected(&Expected {
        idea: "A food bank. A family has a surname and a postcode. A parcel goes to one family and has a date and a weight.",
        has: &[
            ("src/families/family.ts", "surname: string"),
            ("src/parcels/parcel.ts", "familyId: string"),
        ],
        lacks: &[],
        says: &[],
    });
    assert_expected(&Expected {
        idea: "Parking. Residents (name, house number, phone). Permits: resident, plate, valid from, valid until. Plate is unique.",
        has: &[
            ("src/residents/resident.ts", "houseNumber: string"),
            ("src/permits/permit.ts", "residentId: string"),
            ("src/permits/permit.ts", "validFrom: string"),
            ("src/permits/permit.ts", "Plate must be unique"),
        ],
        lacks: &[],
        says: &[],
    });
    assert_expected(&Expected {
        idea: "Contacts. name, mobile, birthday, notes. Either mobile or birthday must be given. birthday not in the future.",
        has: &[
            ("src/contacts/contact.ts", "birthday: string"),
            ("src/contacts/contact.ts", "Birthday must not be in the future."),
        ],
        lacks: &[("src/App.tsx", "/notes")],
        says: &["either mobile or birthday must be given"],
    });
}

#[test]
fn several_things_are_described_in_one_sentence() {
    assert_expected(&Expected {
        idea: "Car garage: customers (name, phone, email), cars (customer, plate, make, year >= 1950), repairs (car, date, labour hours > 0, status: booked/in progress/done). Plates are unique.",
        has: &[
            ("src/customers/customer.ts", "email: string"),
            ("src/cars/car.ts", "customerId: string"),
            ("src/cars/car.ts", "Year must be at least 1950."),
            ("src/cars/car.ts", "Plate must be unique"),
            ("src/repairs/repair.ts", "carId: string"),
            ("src/repairs/repair.ts", "Labour hours must be at least"),
            (
                "src/repairs/repair.ts",
                "['Booked', 'In progress', 'Done'] as const",
            ),
        ],
        lacks: &[],
        says: &[],
    });
    assert_expected(&Expected {
        idea: "Track our compost: piles (name, started on), turnings of piles with date and temperature between 0 and 90 degrees, who turned it. Chart temperature by pile.",
        has: &[
            ("src/piles/pile.ts", "startedOn: string"),
            ("src/turnings/turning.ts", "pileId: string"),
            ("src/turnings/turning.ts", "Temperature must be at most 90."),
        ],
        lacks: &[("src/App.tsx", "composts")],
        says: &[],
    });
    assert_expected(&Expected {
        idea: "pub quiz nite: teams w/ name and table, rounds w/ number + topic, scores: team, round, points 0-10. a team gets only one score per round",
        has: &[
            ("src/scores/score.ts", "teamId: string"),
            ("src/scores/score.ts", "roundId: string"),
            ("src/scores/score.ts", "Points must be at most 10."),
        ],
        lacks: &[("src/App.tsx", "quizzes")],
        says: &["a team gets only one score per round"],
    });
}

#[test]
fn what_is_shown_is_what_the_idea_speaks_of() {
    assert_expected(&Expected {
        idea: "Patients have a name and a date of birth. Appointments can't be in the past. Show them in a calendar.",
        has: &[("src/App.tsx", "/appointments/calendar")],
        lacks: &[("src/App.tsx", "/patients/calendar")],
        says: &[],
    });
    assert_expected(&Expected {
        idea: "My flatmates and I want to share expenses: who paid, how much, what for, and who owes whom. Chart of spending by category.",
        has: &[
            ("src/expenses/expense.ts", "category"),
            ("src/expenses/expense.ts", "amount: number"),
        ],
        lacks: &[],
        says: &["who owes whom"],
    });
}

#[test]
fn things_lie_in_each_other_over_two_levels() {
    assert_expected(&Expected {
        idea: "A freezer contains racks, a rack contains boxes, and a box contains samples. Each sample has a label and a date. Boxes hold at most 81 samples.",
        has: &[
            ("src/racks/rack.ts", "freezerId: string"),
            ("src/boxes/box.ts", "rackId: string"),
            ("src/samples/sample.ts", "boxId: string"),
            (
                "src/samples/sample.ts",
                "There may be at most 81 samples for one box.",
            ),
        ],
        lacks: &[],
        says: &[],
    });
}

#[test]
fn a_bound_is_for_the_field_before_it() {
    assert_expected(&Expected {
        idea: "Songs with title, bpm between 40 and 240, and length. Quotes have a client, number of guests (min 10), price per guest and a discount in percent (0-50).",
        has: &[
            ("src/songs/song.ts", "BPM must be at most 240."),
            ("src/quotes/quote.ts", "Number of guests must be at least 10."),
            ("src/quotes/quote.ts", "Discount must be at most 50."),
        ],
        lacks: &[
            ("src/songs/song.ts", "Length must be at least 40."),
            ("src/quotes/quote.ts", "Price must be at least 10."),
        ],
        says: &[],
    });
    assert_expected(&Expected {
        idea: "Visits have a patient, a date and a fee. Fees can't be more than 2000 and the fee must be more than 10.",
        has: &[
            ("src/visits/visit.ts", "Fee must be at most 2000."),
            ("src/visits/visit.ts", "Fee must be at least 10.01."),
        ],
        lacks: &[],
        says: &[],
    });
    assert_expected(&Expected {
        idea: "Samples have a label and a date. The label has to be exactly 8 characters.",
        has: &[
            ("src/samples/sample.ts", "Label must have at least 8 characters."),
            ("src/samples/sample.ts", "Label must have at most 8 characters."),
        ],
        lacks: &[],
        says: &[],
    });
}

#[test]
fn fields_are_compared_as_the_idea_says() {
    assert_expected(&Expected {
        idea: "Each batch has a roast date, a green weight and a roasted weight. Roasted weight must be less than green weight.",
        has: &[
            (
                "src/batches/batch.ts",
                "Green weight must be more than roasted weight.",
            ),
            ("src/batches/batch.ts", "draft.greenWeight <= draft.roastedWeight"),
        ],
        lacks: &[],
        says: &[],
    });
    assert_expected(&Expected {
        idea: "Stays have a guest, a check-in and a check-out. The check-out must be after the check-in.",
        has: &[("src/stays/stay.ts", "Check out must be after check in.")],
        lacks: &[],
        says: &[],
    });
    assert_expected(&Expected {
        idea: "A booking has a room, a date, a start time and an end time. No overlapping bookings. A stay is for one dog, in a kennel, with an arrival date and a departure date. Two stays cannot overlap in the same kennel. Dogs have a name. Kennels have a number.",
        has: &[
            (
                "src/bookings/booking.ts",
                "other.room === draft.room && other.date === draft.date && other.startTime < draft.endTime",
            ),
            (
                "src/stays/stay.ts",
                "other.kennelId === draft.kennelId && other.arrivalDate < draft.departureDate && draft.arrivalDate < other.departureDate",
            ),
            (
                "src/stays/stay.test.ts",
                "It overlaps another stay with the same kennel.",
            ),
        ],
        lacks: &[],
        says: &[],
    });
    assert_expected(&Expected {
        idea: "Screenings have a title, a date, a start time and a hall. No two screenings in the same hall at the same time.",
        has: &[(
            "src/screenings/screening.ts",
            "other.hall === draft.hall && other.startTime === draft.startTime && other.date === draft.date",
        )],
        lacks: &[("src/screenings/screening.ts", "Hall must be unique")],
        says: &[],
    });
}

#[test]
fn a_rule_that_nothing_holds_is_said_as_a_whole() {
    for (idea, said) in [
        (
            "Games have a white, a black and a date. White and black must be different players.",
            "white and black must be different players",
        ),
        (
            "Classes have a name and a capacity. Bookings of classes with a date. A class can't have more bookings than its capacity.",
            "a class can't have more bookings than its capacity",
        ),
        (
            "Tickets with a title and a status (new, closed). Closed tickets can't be edited.",
            "closed tickets can't be edited",
        ),
        (
            "Parcels have a date and a family. A family may receive at most 2 parcels per month.",
            "a family may receive at most 2 parcels per month",
        ),
        (
            "Quotes with a client and a price. Accepted quotes are locked.",
            "accepted quotes are locked",
        ),
        (
            "Runs with a date, a planned km and an actual km. Actual km can't exceed planned km by more than 5.",
            "actual km can't exceed planned km by more than 5",
        ),
        (
            "Projects with a title. Show the average score per project.",
            "show the average score per project",
        ),
        (
            "Quotes have a client, a price and a total = price * 1.2 + fee.",
            "total = price * 1.2 + fee",
        ),
    ] {
        let project = forge(idea);
        assert!(omits(&project, said), "{idea}: {:?}", project.omissions);
        assert_eq!(check_project(&project.files), [], "{idea}");
    }
}

#[test]
fn what_is_named_in_passing_is_not_kept() {
    for (idea, kept, left) in [
        (
            "No books please, this is a magazine app. Magazines have an issue number and a price. No notes.",
            "magazines",
            ["books", "notes"],
        ),
        (
            "Coffee roastery batches: each batch has a roast date and a weight.",
            "batches",
            ["coffees", "coffee"],
        ),
        (
            "Museum. Artefacts have an inventory number, a title and a century.",
            "artefacts",
            ["products", "inventories"],
        ),
        (
            "A theatre company of about twenty people. Props have a name and a price, of course.",
            "props",
            ["people", "courses"],
        ),
        (
            "Flats have a number, a rent and a number of rooms.",
            "flats",
            ["rooms", "numbers"],
        ),
    ] {
        let project = forge(idea);
        let names = feature_names(&project).join("; ");
        assert!(names.contains(kept), "{idea}: {names}");
        for left in left {
            assert!(!names.contains(&format!("delete {left}")), "{idea}: {names}");
        }
    }
}

#[test]
fn slips_and_short_forms_are_read_and_slips_said() {
    let project = forge(
        "tuck shop inventry. prodcuts w/ name, lenght and a note (max. 40 characters). no negtive lenght",
    );
    let product = content(&project, "src/products/product.ts");

    assert!(
        product.contains("length: number") && product.contains("Length must be at least 0."),
        "{product}"
    );
    assert!(
        product.contains("Note must have at most 40 characters."),
        "{product}"
    );
    for slip in ["prodcuts", "lenght", "negtive"] {
        assert!(omits(&project, slip), "{:?}", project.omissions);
    }
}

#[test]
fn choices_are_read_in_each_way_that_people_list_them() {
    for (idea, path, choices) in [
        (
            "Quests have a title and a status open/done/failed.",
            "src/quests/quest.ts",
            "['Open', 'Done', 'Failed'] as const",
        ),
        (
            "Quotes have a client. Status: draft > sent > accepted.",
            "src/quotes/quote.ts",
            "['Draft', 'Sent', 'Accepted'] as const",
        ),
        (
            "Repairs have a bike name. Repairs go through stages: waiting, in repair, ready.",
            "src/repairs/repair.ts",
            "['Waiting', 'In repair', 'Ready'] as const",
        ),
        (
            "Tickets with subject, priority p1 p2 p3, and a date.",
            "src/tickets/ticket.ts",
            "['P1', 'P2', 'P3'] as const",
        ),
    ] {
        let project = forge(idea);
        assert!(
            content(&project, path).contains(choices),
            "{idea}: {}",
            content(&project, path)
        );
    }

    let project = forge("Orders with a customer, a date and a deposit paid y/n.");
    assert!(content(&project, "src/orders/order.ts").contains("depositPaid: boolean"));
}

#[test]
fn a_role_may_do_what_the_idea_says_and_no_more() {
    let roles = |idea: &str| content(&forge(idea), "src/roles.tsx").to_owned();

    let looks = roles("Children have a first name and a birthday. Parents can see but not change anything.");
    assert!(looks.contains("'Parent'"), "{looks}");
    let only =
        roles("Quests have a title and a reward. Players can only view quests, only the DM can edit quests.");
    assert!(only.contains("'Player'") && only.contains("'Dm'"), "{only}");
    let grants = roles(
        "Parcels have a date. Families have a surname. Volunteers can edit parcels, coordinators can add and delete families.",
    );
    assert!(
        grants.contains("'Volunteer'") && grants.contains("'Coordinator'"),
        "{grants}"
    );
    let manager = roles("Props have a name. Only the stage manager may delete props.");
    assert!(manager.contains("'Stage manager'"), "{manager}");
}

#[test]
fn what_is_required_and_optional_at_once_is_asked() {
    let project = forge(
        "Tasks with a title and a note. The note is optional. The note is required. Tasks can never be deleted. People delete tasks.",
    );

    let asked: Vec<&str> = project
        .questions
        .iter()
        .map(|question| question.question.as_str())
        .collect();
    assert!(asked.contains(&"Must “Note” be filled in?"), "{asked:?}");
    assert!(
        asked
            .iter()
            .any(|question| question.starts_with("May tasks be changed by “delete”")),
        "{asked:?}"
    );
}
