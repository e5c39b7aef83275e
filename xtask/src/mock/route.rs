//! Which operation a method and a path mean.

use openapi::{Contract, Operation};
use percent_encoding::percent_decode_str;

/// The paths of a contract. A literal segment wins over a parameter, the first segment deciding.
#[derive(Debug)]
pub struct Routes {
    routes: Vec<Route>,
    /// The paths of the servers that have one: what a proxy would remove.
    bases: Vec<Vec<String>>,
}

#[derive(Debug)]
struct Route {
    segments: Vec<Segment>,
    /// The methods of the path, each with the index of its operation.
    operations: Vec<(String, usize)>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    Parameter(String),
}

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub struct Place<'r> {
    /// The methods of the path, each with the index of its operation.
    pub operations: &'r [(String, usize)],
    /// The values of the parameters in the path.
    pub parameters: Vec<(String, String)>,
}

/// Why a path leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nowhere {
    /// The contract has no such path.
    Unknown,
    /// It is no text.
    Malformed,
}

impl Routes {
    /// The paths of a contract.
    pub fn of(contract: &Contract) -> Self {
        let mut routes = Vec::<Route>::new();
        for (index, operation) in contract.operations.iter().enumerate() {
            let (segments, entry) = (template(operation), (operation.method.clone(), index));
            match routes.iter_mut().find(|route| route.segments == segments) {
                Some(route) => route.operations.push(entry),
                None => routes.push(Route { segments, operations: vec![entry] }),
            }
        }
        routes.sort_by_key(|route| {
            route.segments.iter().map(|segment| matches!(segment, Segment::Parameter(_))).collect::<Vec<_>>()
        });
        Self { routes, bases: bases(contract) }
    }

    /// What a path leads to.
    pub fn find(&self, path: &str) -> Result<Place<'_>, Nowhere> {
        let decoded = |segment: &str| percent_decode_str(segment).decode_utf8().ok().map(|text| text.into_owned());
        let given = split(path).map(decoded).collect::<Option<Vec<_>>>().ok_or(Nowhere::Malformed)?;
        let below = |base: &Vec<String>| self.look(given.strip_prefix(base.as_slice())?);
        self.look(&given).or_else(|| self.bases.iter().find_map(below)).ok_or(Nowhere::Unknown)
    }

    fn look(&self, given: &[String]) -> Option<Place<'_>> {
        let (route, parameters) =
            self.routes.iter().find_map(|route| Some((route, parameters(&route.segments, given)?)))?;
        Some(Place { operations: &route.operations, parameters })
    }
}

fn bases(contract: &Contract) -> Vec<Vec<String>> {
    let paths = contract.servers.iter().map(|server| split(server.path()).map(str::to_owned).collect::<Vec<_>>());
    paths.filter(|path| !path.is_empty()).collect()
}

fn template(operation: &Operation) -> Vec<Segment> {
    let segment = |text: &str| match text.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) {
        Some(name) => Segment::Parameter(name.to_owned()),
        None => Segment::Literal(text.to_owned()),
    };
    split(&operation.path).map(segment).collect()
}

/// The segments between the slashes; empty ones mean nothing, as on the server.
fn split(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

fn parameters(segments: &[Segment], given: &[String]) -> Option<Vec<(String, String)>> {
    if segments.len() != given.len() {
        return None;
    }
    let mut parameters = Vec::new();
    for (segment, text) in segments.iter().zip(given) {
        match segment {
            Segment::Literal(literal) if literal != text => return None,
            Segment::Literal(_) => {}
            Segment::Parameter(name) => parameters.push((name.clone(), text.clone())),
        }
    }
    Some(parameters)
}
