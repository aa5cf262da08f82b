//! The fields of a struct as entries of a map, with others in place of some of them.

use std::fmt::Display;

use serde::ser::{Error as _, Impossible, Serialize, SerializeMap, SerializeStruct, Serializer};

/// What is written in place of fields or between them.
pub(super) trait Others {
    /// In their order. A field with one of these names is not written.
    const KEYS: &'static [&'static str];

    fn write<M: SerializeMap>(&self, key: &'static str, map: &mut M) -> Result<(), M::Error>;
}

/// Takes one struct, whose fields stand in the order of their names.
pub(super) struct Fields<'a, M, O> {
    map: M,
    others: &'a O,
    /// So many of them are written.
    written: usize,
}

impl<'a, M: SerializeMap, O: Others> Fields<'a, M, O> {
    pub(super) fn new(map: M, others: &'a O) -> Self {
        Self { map, others, written: 0 }
    }

    /// Writes those whose keys stand before `field`, or all of them.
    fn write_before(&mut self, field: Option<&str>) -> Result<(), M::Error> {
        while let Some(key) = O::KEYS.get(self.written).filter(|key| field.is_none_or(|field| **key <= field)) {
            self.others.write(key, &mut self.map)?;
            self.written = self.written.saturating_add(1);
        }
        Ok(())
    }
}

impl<M: SerializeMap, O: Others> SerializeStruct for Fields<'_, M, O> {
    type Ok = M::Ok;
    type Error = M::Error;

    fn serialize_field<T: ?Sized + Serialize>(&mut self, key: &'static str, value: &T) -> Result<(), M::Error> {
        self.write_before(Some(key))?;
        if O::KEYS.contains(&key) { Ok(()) } else { self.map.serialize_entry(key, value) }
    }

    fn end(mut self) -> Result<M::Ok, M::Error> {
        self.write_before(None)?;
        self.map.end()
    }
}

/// Nothing but a struct has fields.
fn no_struct<T, E: serde::ser::Error>() -> Result<T, E> {
    Err(E::custom("it has no fields"))
}

macro_rules! no_structs {
    ($($method:ident($($argument:ty),*) -> $ok:ty;)*) => {$(
        fn $method(self, $(_: $argument),*) -> Result<$ok, M::Error> {
            no_struct()
        }
    )*};
}

impl<M: SerializeMap, O: Others> Serializer for Fields<'_, M, O> {
    type Ok = M::Ok;
    type Error = M::Error;
    type SerializeStruct = Self;
    type SerializeSeq = Impossible<M::Ok, M::Error>;
    type SerializeTuple = Impossible<M::Ok, M::Error>;
    type SerializeTupleStruct = Impossible<M::Ok, M::Error>;
    type SerializeTupleVariant = Impossible<M::Ok, M::Error>;
    type SerializeMap = Impossible<M::Ok, M::Error>;
    type SerializeStructVariant = Impossible<M::Ok, M::Error>;

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, M::Error> {
        Ok(self)
    }

    fn serialize_some<T: ?Sized + Serialize>(self, _: &T) -> Result<M::Ok, M::Error> {
        no_struct()
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, _: &T) -> Result<M::Ok, M::Error> {
        no_struct()
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<M::Ok, M::Error> {
        no_struct()
    }

    fn collect_str<T: ?Sized + Display>(self, _: &T) -> Result<M::Ok, M::Error> {
        Err(M::Error::custom("text has no fields"))
    }

    no_structs! {
        serialize_bool(bool) -> M::Ok;
        serialize_i8(i8) -> M::Ok;
        serialize_i16(i16) -> M::Ok;
        serialize_i32(i32) -> M::Ok;
        serialize_i64(i64) -> M::Ok;
        serialize_u8(u8) -> M::Ok;
        serialize_u16(u16) -> M::Ok;
        serialize_u32(u32) -> M::Ok;
        serialize_u64(u64) -> M::Ok;
        serialize_f32(f32) -> M::Ok;
        serialize_f64(f64) -> M::Ok;
        serialize_char(char) -> M::Ok;
        serialize_str(&str) -> M::Ok;
        serialize_bytes(&[u8]) -> M::Ok;
        serialize_none() -> M::Ok;
        serialize_unit() -> M::Ok;
        serialize_unit_struct(&'static str) -> M::Ok;
        serialize_unit_variant(&'static str, u32, &'static str) -> M::Ok;
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }
}
