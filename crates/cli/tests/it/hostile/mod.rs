//! Those who attack a node: miners that lie, clients that ask for too much, endpoints that cannot be believed.

mod bodies;
mod claims;
mod clients;
mod corpus;
mod endpoints;
mod equivocation;
mod floods;
mod miners;
mod mutate;
mod results;
