//! Patterns of the contract, which are those of ECMAScript, for the `regex` crate, whose matching takes linear time.

/// What to do about a pattern that has no such form.
pub(crate) const HELP: &str = "write a pattern of ECMAScript without look-around and back-references";

/// The same pattern in the syntax of the `regex` crate. The compiler checks examples with it, and generated servers requests.
///
/// # Errors
/// The reason why there is none: look-around and back-references cannot be matched in linear time.
pub fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(c) = rest.next() {
        match c {
            '\\' => escape(&mut rest, &mut out)?,
            '[' if in_class => out.push_str(r"\["),
            '[' => {
                in_class = true;
                out.push('[');
                if rest.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                match rest.peek() {
                    // `[]` matches nothing and `[^]` everything, in ECMAScript only.
                    Some(']') => return Err("an empty class is not supported; name the characters".to_owned()),
                    _ => continue,
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            // Doubled, these are set operations of the `regex` crate.
            '&' | '~' if in_class => out.extend(['\\', c]),
            '-' if in_class && rest.peek() == Some(&'-') => out.push_str(r"\-"),
            '.' if !in_class => out.push_str(r"[^\n\r\x{2028}\x{2029}]"),
            _ => out.push(c),
        }
    }
    regex::Regex::new(&out).map_err(|error| last_line(&error.to_string()))?;
    Ok(out)
}

fn escape(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) -> Result<(), String> {
    let Some(c) = rest.next() else { return Err("it ends with a backslash".to_owned()) };
    match c {
        // In the `regex` crate these three take every script.
        'd' => out.push_str("[0-9]"),
        'D' => out.push_str("[^0-9]"),
        'w' => out.push_str("[0-9A-Za-z_]"),
        'W' => out.push_str("[^0-9A-Za-z_]"),
        's' => out.push_str(r"[\s\x{FEFF}]"),
        'S' => out.push_str(r"[^\s\x{FEFF}]"),
        'b' => out.push_str(r"(?-u:\b)"),
        'B' => return Err("\\B is not supported".to_owned()),
        '0' => out.push_str(r"\x00"),
        '1'..='9' | 'k' => return Err("a back-reference is not supported".to_owned()),
        'u' if rest.peek() == Some(&'{') => out.push_str(r"\x"),
        'u' => hexadecimal(rest, 4, out)?,
        'x' => hexadecimal(rest, 2, out)?,
        'c' => return Err("a control letter is not supported; write \\xNN".to_owned()),
        _ => out.extend(['\\', c]),
    }
    Ok(())
}

fn hexadecimal(rest: &mut impl Iterator<Item = char>, digits: usize, out: &mut String) -> Result<(), String> {
    let code: String = rest.take(digits).collect();
    if code.len() != digits || !code.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err(format!("{digits} hexadecimal digits are expected after \\x or \\u"));
    }
    out.push_str(&format!(r"\x{{{code}}}"));
    Ok(())
}

fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}
