//! The program as its users meet it: the real binary, real servers, real files.
//!
//! Invariant: nothing in here knows the program's insides; a test speaks HTTP, runs commands, or damages files and processes.

mod absent;
mod approvals;
mod arguments;
mod at_rest;
mod backups;
mod bans;
mod breakers;
mod browser;
mod commands;
mod crash;
mod database_user;
mod demo;
mod deployment;
mod document;
mod drills;
mod elsewhere;
mod failover;
mod faults;
mod figures;
mod guide;
mod headers;
mod hostile;
mod intake;
mod interrupted;
mod legacy;
mod limits;
mod monitoring;
mod parameters;
mod paused;
mod people;
mod permissions;
mod planted;
mod promises;
mod race;
mod remembered;
mod roles;
mod rotation;
mod sheets;
mod shop;
mod tamper;
mod tls;
mod traces;
