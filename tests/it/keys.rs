//! The definitions of the keys of the policy file: the reference of the README and the JSON Schema that are made from them,
//! and the parser, which agrees with the schema.

mod agreement;
mod readme;
mod schema;
