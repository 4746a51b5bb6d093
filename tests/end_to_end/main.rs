//! What a user relies on, tried on the built program from outside: each test copies a project, runs the program on it as a
//! user would, and looks at what it printed and at what became of the files.

mod apply;
mod audit;
mod back_out;
mod bad_input;
mod dependencies;
mod fast;
mod formats;
mod interrupt;
mod selection;
mod support;
mod typed_projects;
mod types;
mod verify_test;
