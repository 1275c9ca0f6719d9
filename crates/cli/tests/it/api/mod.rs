//! What an application sees: the API, its keys and its tasks.

mod keys;
mod serving;
mod tasks;
