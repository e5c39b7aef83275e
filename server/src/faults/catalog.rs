//! What a fault is, and how the faults of one place are listed.

/// One thing that the service can be made to do wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What `UPLOAD_FAULT` calls it.
    pub name: &'static str,
    /// What goes wrong, in one sentence.
    pub about: &'static str,
}

/// The faults of one decorator: a variant for each, so that the decorator cannot forget one.
macro_rules! faults {
    ($(#[$doc:meta])* $group:ident { $( $variant:ident $name:literal $about:literal, )+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(clippy::enum_variant_names, reason = "few faults may look alike; the next one need not")]
        pub enum $group {
            $( #[doc = $about] $variant, )+
        }

        impl $group {
            /// All of them, in the order of the listing.
            pub const FAULTS: &[$crate::faults::catalog::Fault] =
                &[$( $crate::faults::catalog::Fault { name: $name, about: $about } ),+];

            /// The one of that name.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $( $name => Some(Self::$variant), )+
                    _ => None,
                }
            }

            /// The one that the service has.
            pub fn chosen() -> Option<Self> {
                $crate::faults::chosen().and_then(Self::named)
            }
        }
    };
}

pub(super) use faults;
