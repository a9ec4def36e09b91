//! Compiles the protocol's definitions, without protoc: the server for the library, and into a directory of its own
//! the client, which only tests include.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

const FILES: [&str; 5] =
    ["tfplugin6.proto", "plugin/broker.proto", "plugin/controller.proto", "plugin/stdio.proto", "plugin/health.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);

    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_imports(true).include_source_info(true).open_files(FILES)?;
    // For the test that compares it with the protocol's table.
    fs::write(out.join("descriptors.bin"), compiler.encode_file_descriptor_set())?;

    for (directory, server) in [("server", true), ("client", false)] {
        generate(&compiler, &out.join(directory), server)?;
    }
    Ok(())
}

fn generate(compiler: &protox::Compiler, directory: &Path, server: bool) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(directory)?;
    tonic_prost_build::configure()
        .build_server(server)
        .build_client(!server)
        // Tests connect in their own way.
        .build_transport(false)
        .emit_rerun_if_changed(false)
        // Sorted, so that equal schemas are equal bytes.
        .btree_map(".")
        .out_dir(directory)
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}
