//! Which route a path belongs to: metrics are kept by route, because paths are without number.

/// The path templates of the service, such as `/a/{b}`.
#[derive(Debug, Clone)]
pub struct Routes(Vec<String>);

/// The route of paths that belong to none.
pub const UNMATCHED: &str = "unmatched";

impl Routes {
    /// Routes from their templates. Literal segments win over variables.
    pub fn new(templates: impl IntoIterator<Item = String>) -> Self {
        let mut templates: Vec<String> = templates.into_iter().collect();
        templates.sort_by_key(|template| template.matches('{').count());
        Self(templates)
    }

    /// The template that a path fits.
    pub fn of(&self, path: &str) -> &str {
        self.0.iter().find(|template| fits(template, path)).map_or(UNMATCHED, String::as_str)
    }
}

/// As requests are routed: empty segments count for nothing.
fn fits(template: &str, path: &str) -> bool {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let mut fits =
        |expected: &str| segments.next().is_some_and(|segment| expected.starts_with('{') || expected == segment);
    template.split('/').filter(|segment| !segment.is_empty()).all(&mut fits) && segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::Routes;

    #[test]
    fn a_path_belongs_to_the_most_literal_route_that_it_fits() {
        let routes = Routes::new(["/s/{id}", "/s/analytics", "/s", "/s/{id}/files"].map(str::to_owned));
        for (path, route) in [
            ("/s", "/s"),
            ("/s/analytics", "/s/analytics"),
            ("/s/42", "/s/{id}"),
            ("/s/42/files", "/s/{id}/files"),
            ("/s/", "/s"),
            ("//s//42/", "/s/{id}"),
            ("/s/42/files/7", "unmatched"),
            ("/", "unmatched"),
            ("", "unmatched"),
        ] {
            assert_eq!(routes.of(path), route, "{path}");
        }
    }
}
