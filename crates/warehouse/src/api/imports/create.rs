//! Beginning an import.

use axum::{
    extract::{Multipart, State},
    response::Response,
};
use domain::{Timestamp, audit::Action};
use platform::{
    audit,
    http::{Principal, Problem, context, idempotency::Keyed, problem::ProblemDocument},
    jobs::{JobDocument, JobHandle, Of},
};
use store::{Tx, site};

use super::{
    form::{self, Asked, ImportForm},
    room::Upload,
    run,
};
use crate::{
    api::places,
    imports::{self, Context, ImportError, Input, Kind, Report, Request, scan::Hints},
    state::Warehouse,
};

/// The kind of job an import is.
pub const JOB: &str = "import";

/// Import a file
///
/// A job: watch it at its `Location`, or under the same id at `/api/v1/imports/{id}`. Its result is the report; `/api/v1/imports/{id}/errors.csv` has every row that was not taken.
#[utoipa::path(
    post,
    path = "/api/v1/imports",
    tag = "imports",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to repeat")),
    request_body(content = ImportForm, content_type = "multipart/form-data"),
    responses(
        (status = 202, description = "The job that imports it", body = JobDocument, headers(("Location" = String, description = "The job: `/api/v1/jobs/{id}`"))),
        (status = 400, description = "Not a form", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "Larger than the server takes (10 MB unless told otherwise)", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Something breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "Too much waits to be imported, or too many jobs wait", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn create(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    upload: Upload,
    keyed: Keyed,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Response, Problem> {
    let form = form.map_err(|_| Problem::unsupported_media_type("multipart/form-data"))?;
    let Upload { limit, mut taken } = upload;
    let mut asked = form::read(form, limit).await?;
    taken.shrink(asked.held());
    let keyed = holding(keyed, &asked)?;
    let site = match &asked.site {
        Some(code) => Some(places::site_asked(&warehouse.db, &principal, code).await?),
        None => only_site(&warehouse, &principal, asked.kind.needs_site()).await?,
    };
    by_profile(&warehouse, &mut asked).await?;
    let save_as = asked.profiles.save_as.take().filter(|_| !asked.options.dry_run);
    let profile = save_as.map(|name| (name, asked.kind, asked.options.hints.clone()));
    let now = warehouse.clock.now();
    let of = site.as_ref().map(|site| site.code.clone());
    let zone = site.as_ref().map_or_else(domain::Zone::utc, |site| site.zone.clone());
    let request =
        Request { kind: asked.kind, input: asked.input, source: asked.source, site, zone, options: asked.options };
    let context = Context {
        db: warehouse.db.clone(),
        writer: warehouse.writer.clone(),
        clock: warehouse.clock.clone(),
        actor: principal.signature().to_owned(),
        vault: warehouse.vault.clone(),
        scratch: None,
    };
    let locale = context::locale();
    let by = audit::by(&principal, Action::Imported).on("import", request.kind.name());
    let (audit, clock, dry_run) = (warehouse.audit.clone(), warehouse.clock.clone(), request.options.dry_run);
    let imported = warehouse.clone();
    let tell = move |came: Result<&Report, &ImportError>| {
        imported.catalogue_changed();
        audit.record(imports::told(by, came, dry_run).at(clock.now()));
    };
    let scratch = warehouse.scratch();
    let work = move |handle: JobHandle| async move {
        let _taken = taken;
        // Named by the job, so that two imports at once do not meet there.
        let context = Context { scratch: Some(scratch.join(handle.id().to_string())), ..context };
        run::import(context, request, locale, handle, tell).await
    };
    let of = Of { actor: principal.signature(), site: of.as_deref() };
    warehouse.jobs.accept_with((JOB, &keyed), of, |tx| Box::pin(save(tx, profile, now)), work).await
}

/// Keeps under a name how the file is read: it is kept when the import is accepted, and whatever keeps it from that is told then.
async fn save(tx: &mut Tx, profile: Option<(String, Kind, Hints)>, now: Timestamp) -> Result<(), Problem> {
    if let Some((name, kind, hints)) = profile {
        imports::profile::save(tx, &name, (kind, &hints), now).await?;
    }
    Ok(())
}

/// Tells the request from others by what its form holds.
fn holding(keyed: Keyed, asked: &Asked) -> Result<Keyed, Problem> {
    let profiles = (&asked.profiles.read_by, &asked.profiles.save_as);
    let told = (asked.kind.name(), &asked.site, &asked.source, asked.input.name(), &asked.options, profiles);
    let told = serde_json::to_vec(&told).map_err(|error| Problem::internal(&error))?;
    let file = match &asked.input {
        Input::Bytes { bytes, .. } => bytes,
        Input::Path(_) => return Err(Problem::bug("a form holds its file")),
    };
    Ok(keyed.holding(&told).holding(file))
}

/// Reads the profile that is named.
async fn by_profile(warehouse: &Warehouse, asked: &mut Asked) -> Result<(), Problem> {
    if let Some(name) = &asked.profiles.read_by {
        let unknown = || Problem::invalid_field("profile", "unknown_profile");
        let profile = imports::profile::load(&warehouse.db, name).await?.ok_or_else(unknown)?;
        asked.options.hints = std::mem::take(&mut asked.options.hints).over(profile);
    }
    Ok(())
}

/// The site of whoever knows of only one need not be named.
async fn only_site(warehouse: &Warehouse, principal: &Principal, needed: bool) -> Result<Option<site::Site>, Problem> {
    if !needed {
        return Ok(None);
    }
    let mut sites = places::sites_of(&warehouse.db, principal).await?;
    match sites.len() {
        1 => Ok(sites.pop()),
        _ => Err(Problem::invalid_field("site", "required")),
    }
}
