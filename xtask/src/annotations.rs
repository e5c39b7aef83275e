//! Mistakes as workflow commands of GitHub, which shows them beside the lines of a pull request.

use httpfile::{Diagnostic, LineIndex, Severity, Sources};

use crate::failure::Problem;

/// One command a mistake: `::error file=…,line=…,col=…,title=code::message`.
#[must_use]
pub fn diagnostics(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let line = |diagnostic: &Diagnostic| {
        let source = sources.get(diagnostic.primary.location.file);
        let position = LineIndex::new(source.text()).position(diagnostic.primary.location.span.start);
        let severity = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let help = diagnostic.help.as_ref().map_or_else(String::new, |help| format!("\n{help}"));
        format!(
            "::{severity} file={},line={},col={},title={}::{}\n",
            property(source.path()),
            position.line,
            position.column,
            property(diagnostic.code.0),
            data(&format!("{}{help}", diagnostic.message)),
        )
    };
    diagnostics.iter().map(line).collect()
}

/// A problem that has no place in a file.
#[must_use]
pub fn problem(problem: &Problem) -> String {
    let help = problem.help.as_ref().map_or_else(String::new, |help| format!("\n{help}"));
    format!("::error title={}::{}", property(problem.code), data(&format!("{}{help}", problem.message)))
}

/// A word about the run that is no problem.
#[must_use]
pub fn notice(title: &str, text: &str) -> String {
    format!("::notice title={}::{}", property(title), data(text))
}

/// A problem of a whole file.
#[must_use]
pub fn file(path: &str, problem: &Problem) -> String {
    format!("::error file={},title={}::{}", property(path), property(problem.code), data(&problem.message))
}

/// A command ends with its line, so what would end it is escaped, and the escape itself.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property also ends at `,` and `:`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use httpfile::{Code, Location, Source, Span};

    #[test]
    fn a_mistake_is_one_line_with_its_place_whatever_it_quotes() {
        let sources = Sources::new([Source::new("a,b/c.http", "first\nsecond\n")]);
        let (file, _) = sources.iter().next().expect("a file");
        let location = Location { file, span: Span::new(6, 12) };
        let diagnostic = Diagnostic::error(Code("a-code"), location, "100 %\nmore").help("do that");
        assert_eq!(
            diagnostics(&[diagnostic], &sources),
            "::error file=a%2Cb/c.http,line=2,col=1,title=a-code::100 %25%0Amore%0Ado that\n"
        );
    }

    #[test]
    fn a_problem_of_a_file_is_shown_there() {
        let stale = Problem::new("stale-output", "a,b/types.ts is stale");
        assert_eq!(
            file("a,b/types.ts", &stale),
            "::error file=a%2Cb/types.ts,title=stale-output::a,b/types.ts is stale"
        );
    }

    #[test]
    fn a_problem_without_a_place_is_an_annotation_of_the_run() {
        assert_eq!(problem(&Problem::new("io", "cannot read")), "::error title=io::cannot read");
    }
}
