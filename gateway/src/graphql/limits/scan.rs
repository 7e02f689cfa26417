//! Counts the tokens and the open brackets of a document's text, before the parser sees it. Knows what a token is and
//! nothing of grammar; what is not GraphQL at all is left for the parser to refuse.

use crate::{
    config::GraphqlLimits,
    graphql::engine::refusal::{Code, Problem},
};

/// Stops at the first limit, so that it reads no further than the limit allows.
pub(crate) fn scan(text: &str, limits: &GraphqlLimits) -> Result<(), Problem> {
    if text.len() > limits.document_bytes {
        return Err(Problem::new(
            Code::DocumentTooLarge,
            format!(
                "The document has {} bytes; at most {} are allowed.",
                text.len(),
                limits.document_bytes
            ),
        ));
    }
    let mut tokens = 0;
    let mut open = 0_usize;
    let mut rest = text.as_bytes();
    while let Some((token, after)) = next(rest) {
        rest = after;
        tokens += 1;
        if tokens > limits.tokens {
            return Err(Problem::new(
                Code::TooManyTokens,
                format!(
                    "The document has too many tokens; at most {} are allowed.",
                    limits.tokens
                ),
            ));
        }
        match token {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        if open > limits.nesting {
            return Err(Problem::new(
                Code::NestedTooDeep,
                format!(
                    "Too many brackets are open at once; at most {} may be.",
                    limits.nesting
                ),
            ));
        }
    }
    Ok(())
}

/// The first byte of the next token, and what follows the token.
fn next(mut text: &[u8]) -> Option<(u8, &[u8])> {
    loop {
        let (&first, rest) = text.split_first()?;
        match first {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => text = rest,
            0xEF if rest.starts_with(&[0xBB, 0xBF]) => text = &rest[2..],
            b'#' => text = after_comment(rest),
            b'"' => return Some((first, after_string(rest))),
            b'.' if rest.starts_with(b"..") => return Some((first, &rest[2..])),
            b'-' | b'0'..=b'9' => return Some((first, skip(rest, is_of_number))),
            _ if is_of_name(first) => return Some((first, skip(rest, is_of_name))),
            _ => return Some((first, rest)),
        }
    }
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_of_number(byte: u8) -> bool {
    is_of_name(byte) || matches!(byte, b'.' | b'+' | b'-')
}

fn skip(text: &[u8], is_of: fn(u8) -> bool) -> &[u8] {
    let end = text.iter().position(|&byte| !is_of(byte));
    &text[end.unwrap_or(text.len())..]
}

fn after_comment(text: &[u8]) -> &[u8] {
    skip(text, |byte| !matches!(byte, b'\r' | b'\n'))
}

/// What follows a string whose first quote was read. A string that never ends takes all there is.
fn after_string(text: &[u8]) -> &[u8] {
    let Some(mut rest) = text.strip_prefix(b"\"\"") else {
        return after_line_string(text);
    };
    loop {
        let Some(quote) = rest.windows(3).position(|three| three == b"\"\"\"") else {
            return &[];
        };
        let escaped = quote > 0 && rest[quote - 1] == b'\\';
        rest = &rest[quote + 3..];
        if !escaped {
            return rest;
        }
    }
}

fn after_line_string(text: &[u8]) -> &[u8] {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => return &text[at + 1..],
            b'\r' | b'\n' => return &text[at..],
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    &[]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphql::engine::tests::limits;

    fn tokens(text: &str) -> usize {
        let mut rest = text.as_bytes();
        std::iter::from_fn(|| {
            let (first, after) = next(rest)?;
            rest = after;
            Some(first)
        })
        .count()
    }

    #[test]
    fn every_kind_of_token_counts_once_and_what_is_between_them_does_not() {
        for (text, count) in [
            ("", 0),
            (" ,\t\r\n\u{feff}# a comment { ( [\n", 0),
            ("{ a }", 3),
            (
                "query Q($x: Int! = -1.5e+3) { a(b: $x) ...F @skip(if: true) }",
                29,
            ),
            ("{a,b#c\r}", 4),
            ("[0 1 -2 3.4]", 6),
            (r#"{ a(s: "b { ( \" # c") }"#, 8),
            (r#"{ a(s: """b " "" { \""" c""") }"#, 8),
            (r#""" "" "" "#, 3),
            ("{ a(s: \"never ends }\n", 6),
            ("{ a(s: \"\"\"never ends }", 6),
            ("{ a(s: \"ends with \\", 6),
            ("é§", 4),
        ] {
            assert_eq!(tokens(text), count, "{text}");
        }
    }

    #[test]
    fn each_limit_holds_to_the_last_one_allowed() {
        let mut limits = limits();
        (limits.document_bytes, limits.tokens, limits.nesting) = (40, 10, 4);
        let refused = |text: &str| scan(text, &limits).map_err(|problem| (problem.code, problem.message));
        let (bytes, tokens) = ("#".repeat(40), "a ".repeat(10));
        let nested = "([{(".to_owned();
        for fits in [&bytes, &tokens, &nested] {
            assert_eq!(refused(fits), Ok(()));
        }
        let (code, message) = refused(&(bytes + "#")).unwrap_err();
        assert_eq!(code, Code::DocumentTooLarge);
        assert_eq!(message, "The document has 41 bytes; at most 40 are allowed.");
        let (code, message) = refused(&(tokens + "a")).unwrap_err();
        assert!(
            code == Code::TooManyTokens && message.contains("at most 10"),
            "{message}"
        );
        let (code, message) = refused(&(nested + "[")).unwrap_err();
        assert!(
            code == Code::NestedTooDeep && message.contains("at most 4"),
            "{message}"
        );
        assert_eq!(refused("()()()()()"), Ok(()));
    }

    #[test]
    fn nothing_is_read_beyond_the_limit() {
        let mut limits = limits();
        limits.document_bytes = usize::MAX;
        let many = "(".repeat(1_048_576);
        let problem = scan(&many, &limits).unwrap_err();
        assert_eq!(problem.code, Code::NestedTooDeep);
        let problem = scan(&"a:b ".repeat(1_048_576), &limits).unwrap_err();
        assert_eq!(problem.code, Code::TooManyTokens);
    }
}
