//! Builds what the browser runs (`src/web/ui`) with esbuild and hands it to the crate as embedded, hashed files.
//!
//! npm is called only when its packages are missing or older than the lock file, so an incremental build costs one
//! esbuild run, and none when nothing under `src/web/ui` changed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use sha2::{Digest, Sha256};

const UI: &str = "src/web/ui";

/// Entry point, name of the constant, content type.
const FILES: &[(&str, &str, &str)] = &[
    ("app.js", "APP_JS", "text/javascript; charset=utf-8"),
    ("plan.js", "PLAN_JS", "text/javascript; charset=utf-8"),
    ("app.css", "APP_CSS", "text/css; charset=utf-8"),
    ("icon.svg", "ICON", "image/svg+xml"),
    ("icons.svg", "ICONS", "image/svg+xml"),
];

fn main() -> ExitCode {
    for watched in ["build.rs", "src/web/ui/src", "src/web/ui/package.json", "src/web/ui/package-lock.json"] {
        println!("cargo::rerun-if-changed={watched}");
    }
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            for line in why.lines() {
                println!("cargo::error={line}");
            }
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(|e| e.to_string())?);
    let out = PathBuf::from(env::var("OUT_DIR").map_err(|e| e.to_string())?);
    let ui = root.join(UI);
    install_packages(&ui)?;
    let built = out.join("ui");
    bundle(&ui, &built)?;
    write_list(&built, &out.join("assets.rs"))
}

fn install_packages(ui: &Path) -> Result<(), String> {
    let modified = |path: PathBuf| fs::metadata(path).and_then(|m| m.modified()).ok();
    let installed = modified(ui.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= modified(ui.join("package-lock.json")) {
        return Ok(());
    }
    run(Command::new("npm").args(["ci", "--omit=dev", "--ignore-scripts"]).current_dir(ui))
}

fn bundle(ui: &Path, built: &Path) -> Result<(), String> {
    // So that fonts of earlier builds are not embedded too.
    let _ = fs::remove_dir_all(built);
    // Through node, so that it works without npm's install scripts, which only save a millisecond here.
    run(Command::new("node")
        .arg("node_modules/esbuild/bin/esbuild")
        .args([
            "src/app.ts",
            "src/plan.ts",
            "src/app.css",
            "--bundle",
            "--minify",
            "--charset=utf8",
            "--log-level=warning",
        ])
        .args(["--target=es2022,chrome105,firefox110,safari16", "--legal-comments=eof"])
        .args(["--loader:.woff2=file", "--asset-names=[name]-[hash]", "--public-path=/assets"])
        .arg(format!("--outdir={}", built.display()))
        .current_dir(ui))?;
    for picture in ["icon.svg", "icons.svg"] {
        fs::copy(ui.join("src").join(picture), built.join(picture)).map_err(|e| format!("{picture}: {e}"))?;
    }
    Ok(())
}

/// The content's hash is in the address, so browsers may keep a file for ever and still see every new version at once.
fn write_list(built: &Path, list: &Path) -> Result<(), String> {
    let mut text = String::new();
    let mut all = Vec::new();
    for (file, name, kind) in FILES {
        let path = built.join(file);
        let hash = hash_of(&path)?;
        let (stem, ending) = file.split_once('.').unwrap_or((file, ""));
        let asset = asset(&format!("{stem}-{hash}.{ending}"), kind, &path);
        let _ = writeln!(text, "pub const {name}: Asset = {asset};");
        all.push((*name).to_owned());
    }
    // Fonts, which esbuild has already named by their content because the style sheet refers to them.
    for path in fonts(built)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        all.push(asset(&name, "font/woff2", &path));
    }
    let _ = writeln!(text, "pub const ALL: &[Asset] = &[{}];", all.join(", "));
    fs::write(list, text).map_err(|e| format!("{}: {e}", list.display()))
}

fn asset(name: &str, kind: &str, path: &Path) -> String {
    let path = path.display().to_string();
    format!("Asset {{ path: \"/assets/{name}\", kind: {kind:?}, bytes: include_bytes!({path:?}) }}")
}

fn fonts(built: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(built).map_err(|e| format!("{}: {e}", built.display()))?;
    let mut fonts: Vec<PathBuf> =
        entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "woff2")).collect();
    fonts.sort();
    Ok(fonts)
}

fn hash_of(path: &Path) -> Result<String, String> {
    let bytes = fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(Sha256::digest(&bytes).iter().take(6).fold(String::new(), |mut hash, byte| {
        let _ = write!(hash, "{byte:02x}");
        hash
    }))
}

fn run(command: &mut Command) -> Result<(), String> {
    let shown = format!("{command:?}");
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!(
            "{shown} failed:\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(format!(
            "The pages are built with Node.js 18 or newer and npm, and {:?} was not found. \
             Install them, on Debian: apt install nodejs npm",
            command.get_program()
        )),
        Err(e) => Err(format!("{shown}: {e}")),
    }
}
