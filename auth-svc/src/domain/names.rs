//! Emails and usernames: what is accepted, and what counts as the same one. Case, Unicode form and invisible characters make
//! no second account, and no username is taken for another one by its looks.

use kit::FieldViolation;
use unicode_normalization::UnicodeNormalization;

use crate::store::users::{Name, Username};

/// Longest email, by RFC 5321 (section 4.5.3.1.3, without the angle brackets), and its local part.
const EMAIL: usize = 254;
const LOCAL: usize = 64;
/// Characters of a username, by contract.
const USERNAME: std::ops::RangeInclusive<usize> = 2..=50;
/// Characters taken over from an email into a username.
const TAKEN_OVER: usize = 30;
/// Without letters that are easily misread, and without vowels, so that no word comes out.
const SUFFIX: &[u8] = b"23456789bcdfghjkmnpqrstvwxz";

/// How names are compared.
fn fold(text: &str) -> String {
    let folded = text.nfkc().collect::<String>().to_lowercase();
    // Lowercasing can leave a form that is not normal.
    folded.nfkc().collect()
}

/// What a name looks like: the skeleton of Unicode Technical Standard 39 (section 4), whatever the case. Names with the same
/// one are taken for one another: a Cyrillic letter for a Latin one, a digit for a letter.
pub(crate) fn draw_skeleton(shown: &str) -> String {
    let drawn: String = unicode_security::skeleton(shown).collect();
    let folded = fold(&drawn);
    // In lower case some letters look like others again.
    unicode_security::skeleton(&folded).collect()
}

/// Draws nothing on a screen, so that a person cannot see it is there.
fn is_invisible(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

pub(crate) fn parse_email(field: &str, text: &str) -> Result<Name, FieldViolation> {
    read_email(text).ok_or_else(|| FieldViolation::new(field, "an email address such as ada@example.org"))
}

fn read_email(text: &str) -> Option<Name> {
    let shown: String = text.trim().nfkc().collect();
    if shown.is_empty() || shown.len() > EMAIL || shown.chars().any(is_invisible) {
        return None;
    }

    let (local, domain) = shown.rsplit_once('@')?;
    if local.is_empty() || local.len() > LOCAL || !local.split('.').all(is_atom) {
        return None;
    }

    let domain = match url::Host::parse(domain) {
        Ok(url::Host::Domain(domain)) => domain,
        _ => return None,
    };
    // The same name, whether written in letters of any script or in its ASCII form.
    let named = domain.len() <= 253 && domain.contains('.') && domain.split('.').all(is_label);
    let key = format!("{}@{domain}", fold(local));

    (named && key.len() <= EMAIL).then_some(Name { shown, key })
}

/// RFC 5322's atom, with letters of all scripts (RFC 6531). Quoted local parts exist on paper only.
fn is_atom(text: &str) -> bool {
    let fits = |char: char| char.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(char);
    !text.is_empty() && text.chars().all(fits)
}

fn is_label(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty()
        && text.len() <= 63
        && text.bytes().all(fits)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

pub(crate) fn parse_username(field: &str, text: &str) -> Result<Username, FieldViolation> {
    let shown: String = text.trim().nfkc().collect();
    let fits = |char: char| (char.is_alphanumeric() || "._-".contains(char)) && !is_invisible(char);
    let key = fold(&shown);
    let long = USERNAME.contains(&shown.chars().count()) && USERNAME.contains(&key.chars().count());
    if long && shown.chars().all(fits) {
        return Ok(Username {
            skeleton: draw_skeleton(&shown),
            shown,
            key,
        });
    }

    let expected = "2 to 50 letters, digits, dots, hyphens and underscores";
    Err(FieldViolation::new(field, expected))
}

/// What somebody typed into a login form, as the two keys it may mean; at most one of them is not empty.
pub(crate) fn parse_identifier(text: &str) -> (String, String) {
    if text.contains('@') {
        (
            read_email(text).map(|name| name.key).unwrap_or_default(),
            String::new(),
        )
    } else {
        let name = parse_username("identifier", text).map(|name| name.key);
        (String::new(), name.unwrap_or_default())
    }
}

/// A username for somebody who chose none: the email's local part, or `word`, and a random end. Long enough an end that
/// a few attempts find a free one.
pub(crate) fn generate_username(email: Option<&str>, word: &str) -> Username {
    let local = email
        .and_then(|email| email.rsplit_once('@'))
        .map_or("", |(local, _)| local);
    let kept = |char: &char| char.is_ascii_alphanumeric() || "._-".contains(*char);
    let mut shown: String = local.chars().filter(kept).take(TAKEN_OVER).collect();
    if shown.is_empty() {
        shown.push_str(word);
    }

    shown.push('-');

    let random: [u8; 8] = rand::random();
    shown.extend(random.map(|byte| char::from(SUFFIX[usize::from(byte) % SUFFIX.len()])));

    Username {
        key: fold(&shown),
        skeleton: draw_skeleton(&shown),
        shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_that_look_alike_are_the_same() {
        let same = [
            "ada@example.org",
            "  Ada@Example.ORG ",
            "ＡＤＡ@example.org",
            "ada@ｅｘａｍｐｌｅ.org",
            "\u{24d0}da@example.org",
        ];
        for text in same {
            assert_eq!(
                parse_email("email", text).unwrap().key,
                "ada@example.org",
                "{text}"
            );
        }

        let umlaut = [
            "jürgen@bücher.example",
            "ju\u{308}rgen@bu\u{308}cher.example",
            "JÜRGEN@xn--bcher-kva.example",
        ];

        let keys: Vec<_> = umlaut
            .iter()
            .map(|text| parse_email("email", text).unwrap().key)
            .collect();

        assert!(
            keys.iter().all(|key| key == "jürgen@xn--bcher-kva.example"),
            "{keys:?}"
        );
        assert_ne!(
            parse_email("email", "ada@example.org").unwrap().key,
            parse_email("email", "ada+x@example.org").unwrap().key
        );
    }

    #[test]
    fn what_is_no_email_is_refused_by_name() {
        let long = format!("{}@example.org", "a".repeat(65));
        let longer = format!("a@{}.org", "b.".repeat(130));

        for text in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@localhost",
            "ada@@example.org",
            "a b@example.org",
            "ada@example..org",
            ".ada@example.org",
            "ada.@example.org",
            "a..b@example.org",
            "ada@-example.org",
            "ada@127.0.0.1",
            "ada@[::1]",
            "ada\0@example.org",
            "a\u{200b}da@example.org",
            "ada@exam\u{ad}ple.org\u{202e}",
            "ada@example.org\nbcc: x",
            "\"ada\"@example.org",
            "<ada@example.org>",
            "ada@example.org,bob@example.org",
            long.as_str(),
            longer.as_str(),
        ] {
            let fault = parse_email("email", text).expect_err(text);
            assert_eq!(fault.field, "email");
        }
    }

    #[test]
    fn usernames_have_two_to_fifty_visible_characters_and_no_at() {
        for (text, key) in [
            ("Ada", "ada"),
            ("  ada_1 ", "ada_1"),
            ("Ａｄａ", "ada"),
            ("李小龙", "李小龙"),
            ("a.b-c", "a.b-c"),
        ] {
            assert_eq!(parse_username("username", text).unwrap().key, key);
        }

        let long = "a".repeat(51);
        for text in [
            "",
            "a",
            long.as_str(),
            "a b",
            "a@b",
            "a\0b",
            "ad\u{200d}a",
            "<b>",
            "a/b",
        ] {
            assert_eq!(
                parse_username("username", text).expect_err(text).field,
                "username"
            );
        }
    }

    #[test]
    fn usernames_that_are_taken_for_one_another_look_alike() {
        let look = |text: &str| parse_username("username", text).unwrap().skeleton;

        for (one, other) in [
            ("ada", "аdа"),
            ("paypal", "раураl"),
            ("paypal", "PayPa1"),
            ("lara", "Iara"),
            ("scope", "ѕсоре"),
            ("omega", "οmega"),
            ("bob0", "BobO"),
        ] {
            assert_eq!(look(one), look(other), "{one} {other}");
        }
        for (one, other) in [
            ("ada", "adam"),
            ("ada", "ida"),
            ("jürgen", "jurgen"),
            ("李小龙", "李小虎"),
        ] {
            assert_ne!(look(one), look(other), "{one} {other}");
        }
    }

    #[test]
    fn an_identifier_is_an_email_or_a_username() {
        assert_eq!(
            parse_identifier("ADA@example.org"),
            ("ada@example.org".to_owned(), String::new())
        );
        assert_eq!(parse_identifier("Ada"), (String::new(), "ada".to_owned()));
        assert_eq!(parse_identifier("@"), (String::new(), String::new()));
    }

    #[test]
    fn a_generated_username_is_one_that_could_have_been_chosen() {
        for (email, start) in [
            (Some("Ada.L@example.org"), "Ada.L-"),
            (Some("李@example.org"), "user-"),
            (None, "user-"),
        ] {
            let name = generate_username(email, "user");
            assert!(name.shown.starts_with(start), "{}", name.shown);
            assert_eq!(parse_username("username", &name.shown).unwrap(), name);
        }

        assert_ne!(generate_username(None, "guest"), generate_username(None, "guest"));
    }
}
