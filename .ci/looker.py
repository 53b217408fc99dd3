"""Lets Looker's own SDK read all that a Looker answers, and prints what it read.

usage: looker.py ADDRESS, with LOOKERSDK_CLIENT_ID and LOOKERSDK_CLIENT_SECRET.
What the SDK cannot decode ends it with an error, and so does what it decodes as another type.
"""

import datetime
import json
import os
import sys

import looker_sdk
from looker_sdk import error
from looker_sdk import models40 as m


def of(kind, value):
    """of is the value, which is nothing or of that kind, as are all of a list."""
    for one in value if isinstance(value, list) else [value]:
        assert one is None or type(one) is kind, f"{one!r} is no {kind.__name__}"
    return value


def tell(call, *facts):
    """tell prints a line: a call, and what was read of its answer."""
    told = (fact.isoformat() if isinstance(fact, datetime.datetime) else str(fact) for fact in facts)
    print(call, "|", " ".join(told))


def query(q):
    """query is what a query asks."""
    of(m.Query, q)
    return f"{of(str, q.id)}={q.model}::{q.view}{of(str, list(q.fields))}{q.filters or ''}"


def asked(element):
    """asked is what a tile asks: by a query of its own, a look, or a maker."""
    if element.query:
        return query(element.query)
    if element.look:
        return "look " + query(of(m.LookWithQuery, element.look).query)
    maker = of(m.ResultMakerWithIdVisConfigAndDynamicFields, element.result_maker)
    if maker and maker.query:
        return "maker " + query(maker.query)
    if maker:
        merged = of(m.ResultMakerFilterables, list(maker.filterables))
        return maker.merge_result_id + " " + " ".join(f"{f.model}::{f.view}" for f in merged)
    return None


def elements(call, all):
    """elements tells each tile."""
    for e in of(m.DashboardElement, list(all)):
        tell(call, e.dashboard_id, of(str, e.id), e.type, of(str, e.title), "-", asked(e))


def lists(sdk):
    """lists asks for what is asked for in bulk."""
    me = of(m.User, sdk.me())
    tell("me", of(str, me.id), me.display_name)
    for f in of(m.FolderBase, list(sdk.all_folders())):
        tell("all_folders", of(str, f.id), f.name, of(str, f.parent_id), of(bool, f.is_personal), of(bool, f.is_personal_descendant))
    for d in of(m.DashboardBase, list(sdk.all_dashboards())):
        folder = of(m.FolderBase, d.folder)
        tell("all_dashboards", of(str, d.id), d.title, of(bool, d.hidden), "-", of(str, folder.id), folder.name)
    for d in of(m.Dashboard, list(sdk.search_dashboards(deleted="false"))):
        tell("search_dashboards", of(str, d.id), d.title, of(int, d.view_count), *of(datetime.datetime, [d.updated_at, d.last_viewed_at]))
    elements("search_dashboard_elements", sdk.search_dashboard_elements())


def boards(sdk, ids):
    """boards asks for dashboards with their tiles."""
    for id in ids:
        d = of(m.Dashboard, sdk.dashboard(id))
        tell("dashboard", of(str, d.id), d.title, of(m.FolderBase, d.folder).name)
        elements("dashboard", d.dashboard_elements)


def models(sdk):
    """models asks for models and for each of their explores."""
    for model in of(m.LookmlModel, sorted(sdk.all_lookml_models(), key=lambda model: model.name)):
        names = sorted(e.name for e in of(m.LookmlModelNavExplore, list(model.explores)))
        tell("all_lookml_models", model.name, names)
        for name in names:
            e = of(m.LookmlModelExplore, sdk.lookml_model_explore(model.name, name))
            tell("lookml_model_explore", e.id, e.view_name, e.connection_name, e.sql_table_name)
            for j in of(m.LookmlModelExploreJoins, list(e.joins)):
                tell("join", j.name, j.sql_table_name, of(str, list(j.dependent_fields)))


def runs(sdk):
    """runs asks for SQL, and for what System Activity knows."""
    tell("run_query", of(str, sdk.run_query("6", "sql")))
    rows = json.loads(sdk.run_inline_query("json", m.WriteQuery(model="system__activity", view="dashboard", fields=["dashboard.id"], limit="50000")))
    for row in rows:
        tell("run_inline_query", *(row["dashboard_element." + key] for key in ("id", "type", "result_source")), row["query.id"], row["look.id"])


def refusals(sdk):
    """refusals asks for what is not there, and for SQL that there is none of."""
    for ask in (lambda: sdk.dashboard("none"), lambda: sdk.lookml_model_explore("none", "none"), lambda: sdk.run_query("9", "sql")):
        try:
            ask()
        except error.SDKError as e:
            told = json.loads(e.message) if e.message.startswith("{") else {"message": e.message}
            tell("refused", told["message"])


os.environ.update(LOOKERSDK_BASE_URL=sys.argv[1], LOOKERSDK_VERIFY_SSL="false", LOOKERSDK_TIMEOUT="20")
sdk = looker_sdk.init40()
lists(sdk)
boards(sdk, ["42", "shop::board", "60", "61"])
models(sdk)
runs(sdk)
refusals(sdk)
sdk.logout()
tell("me", "again", of(m.User, sdk.me()).display_name)
