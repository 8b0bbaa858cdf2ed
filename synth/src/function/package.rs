//! `out/runner/`, which SAM uploads: the program and its plan. What is there, whose it is, and what belongs there.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::Context;
use model::marker::{LENGTH, Marker};

use super::inside::Inside;
use super::{Function, VERSION, machine, seal};
use crate::config::Architecture;
use crate::folder::{check_way, is_folder};
use crate::output::{PROGRAM, RUNNER};

/// What the package should have.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The architecture of the template.
    pub architecture: Architecture,
    /// The version of the plan.
    pub plan: u32,
    /// A program to use in place of the one inside of `synth`.
    pub given: Option<&'a Function>,
    /// Whether the program has a team's own code: the one inside of `synth` is not used then.
    pub own_code: bool,
}

/// What becomes of the package.
#[derive(Debug, PartialEq, Eq)]
pub enum Package {
    /// The program is the right one.
    Current,
    /// This program is to be written.
    New(Function),
    /// There is no folder. To write one, there is no program, or nothing was to be written.
    Missing,
    /// Nothing may be written, and nothing deployed.
    Wrong(PackageFault),
}

/// Why a package is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageFault {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong.
    pub message: String,
    /// What to do now.
    pub remedy: Remedy,
}

/// What to do about a [`PackageFault`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// A build writes the right program.
    Build,
    /// The file or folder has to be removed before a build.
    Remove,
    /// There is no program that a build could write.
    Get,
    /// There is none for this architecture.
    GetFor(Architecture),
    /// A program of one's own has to be passed, or removed.
    Pass,
    /// This has to be done.
    Do(String),
}

/// Where the program comes from.
#[derive(Clone, Copy)]
enum Supply<'a> {
    Given(&'a Function),
    Inside(&'static Inside),
    None,
}

impl Supply<'_> {
    /// Returns the package that a build writes.
    fn package(self) -> Package {
        let function = match self {
            Self::Given(function) => Some(function.clone()),
            Self::Inside(inside) => Function::inside(inside.architecture),
            Self::None => None,
        };
        function.map_or(Package::Missing, Package::New)
    }
}

impl Package {
    /// Says what a build has to do. Compares only length and marker of a program that may be the one inside of `synth`.
    ///
    /// # Errors
    /// If the folder cannot be read, or has links.
    pub fn to_build(out: &Path, wanted: Wanted<'_>) -> anyhow::Result<Self> {
        Look { out, wanted, check: false }.judge()
    }

    /// Says what is wrong with the package, to the last byte.
    ///
    /// # Errors
    /// As [`Self::to_build`].
    pub fn check(out: &Path, wanted: Wanted<'_>) -> anyhow::Result<Self> {
        Look { out, wanted, check: true }.judge()
    }

    /// Returns why there is no package, if there is no program to write.
    pub fn none(out: &Path, wanted: Wanted<'_>) -> PackageFault {
        let inside: Vec<&str> = Function::architectures().map(Architecture::as_str).collect();
        let message = match inside.as_slice() {
            [] => "this synth has no function inside, so there is nothing to deploy".to_owned(),
            others => format!(
                "this synth has the function for {} only, and the template says {}",
                others.join(" and "),
                wanted.architecture.as_str()
            ),
        };
        PackageFault { path: out.join(RUNNER), message, remedy: Remedy::get(wanted) }
    }
}

/// A look at a package.
#[derive(Clone, Copy)]
struct Look<'a> {
    out: &'a Path,
    wanted: Wanted<'a>,
    /// Whether to look at every byte, and to write nothing.
    check: bool,
}

impl<'a> Look<'a> {
    fn judge(&self) -> anyhow::Result<Package> {
        is_folder(self.out)?;
        let supply = self.supply();
        if let Supply::Given(given) = supply
            && let Some(fault) = self.unfit(&given.name, &given.program, &given.marker)
        {
            return Ok(Package::Wrong(PackageFault { path: given.name.clone(), ..fault }));
        }
        check_way(self.out, Path::new(PROGRAM))?;
        let path = self.out.join(PROGRAM);
        let cannot = || format!("cannot read `{}`", path.display());
        let metadata = match fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(self.without(supply)),
            Err(error) => return Err(error).with_context(cannot),
        };
        if self.is_supplied(&path, &metadata, supply).with_context(cannot)? {
            return Ok(Package::Current);
        }
        let program = fs::read(&path).with_context(cannot)?;
        Ok(match (self.fault(&path, &program, &metadata, supply), supply) {
            (Err(kept), _) => Package::Wrong(kept),
            (Ok(_), Supply::Given(_) | Supply::Inside(_)) if !self.check => supply.package(),
            (Ok(Some(fault)), _) => Package::Wrong(fault),
            (Ok(None), _) => Package::Current,
        })
    }

    fn supply(&self) -> Supply<'a> {
        match (self.wanted.given, Inside::of(self.wanted.architecture)) {
            (Some(given), _) => Supply::Given(given),
            (None, Some(inside)) if !self.wanted.own_code => Supply::Inside(inside),
            _ => Supply::None,
        }
    }

    /// Says what becomes of a package without a program.
    fn without(&self, supply: Supply<'_>) -> Package {
        let folder = self.out.join(RUNNER);
        match (folder.exists(), supply) {
            (false, _) if self.check => Package::Missing,
            (false, Supply::None) => Package::Missing,
            (_, Supply::Given(_) | Supply::Inside(_)) if !self.check => supply.package(),
            (_, supply) => {
                let message = "the folder has no program, and SAM would upload it as it is".to_owned();
                Package::Wrong(PackageFault { path: folder, message, remedy: self.remedy(supply) })
            }
        }
    }

    /// Whether a file is the program that would be written. A build looks only for the length and marker of the one inside of
    /// `synth`, which would have to be decompressed.
    fn is_supplied(&self, path: &Path, metadata: &Metadata, supply: Supply<'_>) -> io::Result<bool> {
        let (length, inside) = match supply {
            Supply::Given(given) => (given.program.len(), Err(&given.program)),
            Supply::Inside(inside) => (inside.length, Ok(inside)),
            Supply::None => return Ok(false),
        };
        if u64::try_from(length).ok() != Some(metadata.len()) || !is_executable(metadata) {
            return Ok(false);
        }
        let (at, mark) = match inside {
            Ok(inside) => (inside.at, inside.marker().bytes()),
            Err(given) => return Ok(fs::read(path)? == *given),
        };
        let mut file = File::open(path)?;
        let mut held = [0; LENGTH];
        file.seek(SeekFrom::Start(at as u64))?;
        file.read_exact(&mut held)?;
        if held != mark || !self.check {
            return Ok(held == mark);
        }
        let program = fs::read(path)?;
        Ok(program.get(Marker::digits(at)) == Some(seal::digest(&program, at).as_bytes()))
    }

    /// Says what is wrong with the program that is there: `Err` if a build must keep it, too.
    fn fault(
        &self,
        path: &Path,
        program: &[u8],
        metadata: &Metadata,
        supply: Supply<'_>,
    ) -> Result<Option<PackageFault>, PackageFault> {
        let fault = |message: String, remedy: Remedy| PackageFault { path: path.to_owned(), message, remedy };
        let Some((at, marker)) = Marker::find(program) else {
            return Err(fault("this is not a function of synth's, so it is kept".to_owned(), Remedy::Remove));
        };
        let own_code = self.wanted.own_code || self.wanted.given.is_some_and(|given| !given.marker.stock);
        if !marker.stock && !own_code {
            return Err(fault("the function has a team's own code, so it is kept".to_owned(), Remedy::Pass));
        }
        if let Some(unfit) = self.unfit(path, program, &marker) {
            return Ok(Some(PackageFault { remedy: self.remedy(supply), ..unfit }));
        }
        if !is_executable(metadata) {
            return Ok(Some(fault("the function is not executable".to_owned(), self.remedy(supply))));
        }
        if !self.check {
            return Ok(None);
        }
        Ok(match (marker.digest, supply) {
            (None, _) => {
                Some(fault("the function was not written by synth: it has no digest".to_owned(), self.remedy(supply)))
            }
            (Some(digest), _) if digest != seal::digest(program, at) => {
                // A build, which does not read all of it, replaces it only if length or marker differ.
                let look = Look { check: false, ..*self };
                let is_kept = look.is_supplied(path, metadata, supply).unwrap_or(true);
                let remedy = if is_kept { Remedy::Remove } else { self.remedy(supply) };
                Some(fault("the function is damaged: it does not match its digest".to_owned(), remedy))
            }
            (_, Supply::None) => None,
            (_, Supply::Given(given)) => {
                Some(fault(format!("this is not the function in `{}`", given.name.display()), Remedy::Build))
            }
            (_, Supply::Inside(_)) => {
                Some(fault("this is not the function inside of this synth".to_owned(), Remedy::Build))
            }
        })
    }

    /// Returns what a person can do about a program that is not the right one.
    fn remedy(&self, supply: Supply<'_>) -> Remedy {
        // A build has cargo build a team's own code; a check does not.
        let builds = self.wanted.own_code || !matches!(supply, Supply::None);
        if builds { Remedy::Build } else { Remedy::get(self.wanted) }
    }

    /// Says why a program cannot be used with this template and plan.
    fn unfit(&self, path: &Path, program: &[u8], marker: &Marker) -> Option<PackageFault> {
        let architecture = self.wanted.architecture.as_str();
        let mut remedy = Remedy::get(self.wanted);
        let message = match machine(program) {
            None => "this is not a program for Linux".to_owned(),
            Some(machine) if machine.as_str() != architecture || marker.architecture != architecture => {
                format!("the function is built for {}, and the template says {architecture}", machine.as_str())
            }
            _ if marker.stock && self.wanted.own_code => {
                remedy = Remedy::Do("use a program with code of your own, or `runtime = \"stock\"`".to_owned());
                "this is the stock function, and synth.toml says `runtime = \"cargo\"`".to_owned()
            }
            _ if marker.stock && marker.version != VERSION => {
                format!("the function is of version {}, and this is synth {VERSION}", marker.version)
            }
            _ if !marker.plans.contains(&self.wanted.plan) => {
                if self.wanted.own_code {
                    remedy = Remedy::Do(format!("update the crate `handler` to v{VERSION}, and build again"));
                }
                format!(
                    "the function reads plans of version {} to {}, and the plan has version {}",
                    marker.plans.start(),
                    marker.plans.end(),
                    self.wanted.plan
                )
            }
            _ => return None,
        };
        Some(PackageFault { path: path.to_owned(), message, remedy })
    }
}

impl Remedy {
    /// Returns how to get a program that `synth` does not have.
    fn get(wanted: Wanted<'_>) -> Self {
        if Function::architectures().next().is_none() { Self::Get } else { Self::GetFor(wanted.architecture) }
    }
}

impl PackageFault {
    /// Returns what to do now; `command` is the one that builds.
    pub fn help(&self, command: &str) -> String {
        let path = self.path.display();
        match &self.remedy {
            Remedy::Do(help) => help.clone(),
            Remedy::Build => format!("run `{command}`"),
            Remedy::Remove => format!("to replace it, remove `{path}` and run `{command}`"),
            // A Makefile with the target is most likely that of a checkout of synth.
            Remedy::Get if command != "synth" => {
                format!("run `{command}`, or pass a program with `synth build --function FILE`")
            }
            Remedy::Get => format!(
                "use a release of synth {VERSION}, which has the function inside, or pass a program with `synth build --function FILE`"
            ),
            Remedy::GetFor(architecture) => format!(
                "pass a program for {} with `synth build --function FILE`, or set another `architecture` in synth.toml",
                architecture.as_str()
            ),
            Remedy::Pass => format!(
                "pass your program with `synth build --function FILE`; for the stock function, remove `{path}` and run `{command}`"
            ),
        }
    }
}

/// Whether everybody may read and start a file, as Lambda does.
#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o555 == 0o555
}
