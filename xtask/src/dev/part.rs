//! What runs during development, and what changes.

use anstyle::AnsiColor;

/// Something that runs and prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The generation from the contract.
    Contract,
    /// The build of the service, or of what the page is made with.
    Build,
    /// The service.
    Service,
    /// The page.
    Page,
}

/// What has changed on the disk. What comes first is worked on first, because the others may follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// The contract: everything generated has to be made anew.
    Contract,
    /// The sources of the service: it has to be built and started again.
    Service,
    /// The sources of the packages that the page uses: they have to be built again.
    Packages,
}

impl Part {
    /// The word in front of its lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Contract => "contract",
            Self::Build => "build",
            Self::Service => "service",
            Self::Page => "page",
        }
    }

    /// The colour of that word.
    pub fn color(self) -> AnsiColor {
        match self {
            Self::Contract => AnsiColor::Magenta,
            Self::Build => AnsiColor::Yellow,
            Self::Service => AnsiColor::Cyan,
            Self::Page => AnsiColor::Green,
        }
    }
}
