//! Structs are JSON objects and enums are JSON strings, and nothing else.
//!
//! The derived readers also take a list of values for a struct, and `{"red": null}` for an enum. Here they do not.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

/// Reads and writes structs that derive both with `#[serde(remote = "Self")]`, as objects only.
#[macro_export]
macro_rules! exact_objects {
    ($($type:ident),* $(,)?) => {
        $(impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                $type::deserialize($crate::exact::ObjectOnly(deserializer))
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                $type::serialize(self, serializer)
            }
        })*

        $crate::strict_as_usual!($($type),*);
    };
}

/// Reads and writes enums by their names in the contract, as strings only.
#[macro_export]
macro_rules! exact_enums {
    ($($type:ident),* $(,)?) => {
        $(impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                let parse = |text: &str| <$type>::ALL.iter().copied().find(|value| value.as_str() == text);
                $crate::exact::word(deserializer, parse)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        })*

        $crate::strict_as_usual!($($type),*);
    };
}

/// A source of JSON that is read as an object.
pub struct ObjectOnly<D>(pub D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for ObjectOnly<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Members(visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_struct(name, fields, Members(visitor))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct Members<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Members<V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(members)
    }
}

/// Reads a string that `parse` knows.
///
/// # Errors
/// It is no string, or one that `parse` does not know.
pub fn word<'de, T, D: Deserializer<'de>>(deserializer: D, parse: impl Fn(&str) -> Option<T>) -> Result<T, D::Error> {
    struct Word<T, P>(P, PhantomData<T>);

    impl<T, P: Fn(&str) -> Option<T>> Visitor<'_> for Word<T, P> {
        type Value = T;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("one of the values of the contract")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            (self.0)(text).ok_or_else(|| E::custom("must be one of the values of the contract"))
        }
    }

    deserializer.deserialize_str(Word(parse, PhantomData))
}
