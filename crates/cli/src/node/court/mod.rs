//! The court as nodes see it: where its evidence is read and handed in.

pub mod board;
