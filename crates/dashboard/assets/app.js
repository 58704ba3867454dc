// Small comforts on top of pages that work without them: the search answers while one types, a filter applies when chosen,
// and the key / goes to the search box.
"use strict";

const filters = document.getElementById("filters");
const box = document.getElementById("q");
const WAIT_MS = 250;

function address() {
  const pairs = new URLSearchParams();
  for (const [name, value] of new FormData(filters)) {
    if (value) pairs.set(name, value);
  }
  const query = pairs.toString();
  return query ? `/?${query}` : "/";
}

let asking = null;

async function search() {
  asking?.abort();
  asking = new AbortController();
  const to = address();
  try {
    const answer = await fetch(to, { signal: asking.signal, headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) {
      location.assign(to);
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["results", "filter-buttons"]) {
      const fresh = page.getElementById(id);
      if (fresh) document.getElementById(id)?.replaceWith(fresh);
    }
    const said = document.querySelector("#results caption, #results h3");
    document.getElementById("found").textContent = said ? said.textContent : "";
    history.replaceState(null, "", to);
  } catch (error) {
    // A newer search took this one's place, or the network is gone: the button still works.
    if (error.name !== "AbortError") console.warn(error);
  }
}

if (filters && box) {
  let timer = 0;
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, WAIT_MS);
  });
  for (const choice of filters.querySelectorAll("select")) {
    choice.addEventListener("change", () => filters.requestSubmit());
  }
  // An address without empty pairs can be read aloud.
  filters.addEventListener("submit", (event) => {
    event.preventDefault();
    location.assign(address());
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  });
}
