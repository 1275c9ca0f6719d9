//! What an application sees: the API, its keys and its tasks.

mod batches;
mod clients;
mod edge;
mod items;
mod keys;
mod sampling;
mod serving;
mod tasks;
mod tokens;
mod tools;
