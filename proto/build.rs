//! Compiles the contracts without a system `protoc`: `protox` parses, `tonic-prost-build` generates.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = [
        "errors",
        "agents",
        "auth",
        "backup",
        "billing",
        "books",
        "chat",
        "git",
        "items",
        "jobs",
        "models",
        "owners",
        "projects",
        "responses",
        "runs",
        "schedules",
        "spending",
        "stories",
        "students",
        "threads",
        "voices",
        "webhooks",
        "workflows",
    ]
    .map(|name| format!("saga/v1/{name}.proto"));
    println!("cargo:rerun-if-changed=saga");
    let descriptors = protox::compile(&files, ["."])?;
    // Bytes of any number pass through: they are shared, not copied.
    tonic_prost_build::configure()
        .codec_path("crate::lean_codec::LeanCodec")
        .bytes(".saga.v1.UploadPiece")
        .bytes(".saga.v1.GitPiece")
        .bytes(".saga.v1.GitPushPiece")
        // Nobody prints a key of somebody's, by mistake neither; `provider_key` has the words for it.
        .skip_debug([".saga.v1.ChatRequest", ".saga.v1.ProviderKey"])
        .compile_fds(descriptors)?;
    Ok(())
}
