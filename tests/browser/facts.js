// What a page holds, for every check that needs no measuring: run in the page, gives one JSON object.
() => {
  const squeeze = text => text.replace(/\s+/g, " ").trim();
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const words = element => squeeze(element.textContent);
  const name = element => element.tagName.toLowerCase() + (element.id ? "#" + element.id : "")
    + (element.className && typeof element.className === "string" ? "." + element.className.split(" ")[0] : "");
  const han = /[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]/;
  const languageOf = element => element.closest("[lang]")?.lang;

  const references = [];
  for (const attribute of ["for", "aria-describedby", "aria-labelledby", "aria-controls"])
    for (const element of all(`[${attribute}]`))
      for (const id of element.getAttribute(attribute).split(/\s+/)) references.push([name(element), attribute, id]);
  for (const link of all('a[href^="#"]')) references.push([name(link), "href", link.getAttribute("href").slice(1)]);

  const stray = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    // A person's name stays as it is written (WCAG 3.1.2 excepts proper names).
    if (han.test(node.data) && languageOf(node.parentElement) === "en" && !node.parentElement.closest("bdi, [translate=no]"))
      stray.push(squeeze(node.data));
  for (const element of all("[aria-label], [alt], [title], [placeholder]"))
    for (const attribute of ["aria-label", "alt", "title", "placeholder"])
      if (han.test(element.getAttribute(attribute) ?? "") && languageOf(element) === "en")
        stray.push(`${name(element)} ${attribute}`);

  const forms = all("form").map(form => ({
    method: form.method,
    novalidate: form.noValidate,
    radios: all("input[type=radio]", form).length,
    fieldsets: all("fieldset", form).length,
    legend: all("fieldset", form).map(set => set.firstElementChild?.matches("legend:has(h1)") ?? false),
    controls: all("input:not([type=hidden])", form).map(input => ({
      name: name(input),
      labels: input.labels.length,
      checked: input.checked,
      required: input.required || input.getAttribute("aria-required") === "true",
    })),
    options: all("label", form).map(words),
    buttons: all("button", form).map(words),
  }));
  const help = document.querySelector(".fl-help");
  return {
    lang: document.documentElement.lang,
    title: document.title,
    h1: all("h1").map(words),
    mains: all("main").length,
    // The summary of an error stands above the heading of the page.
    levels: all("h1, h2, h3, h4, h5, h6").filter(heading => !heading.closest(".fl-summary")).map(heading => Number(heading.tagName[1])),
    ids: all("[id]").map(element => element.id),
    accesskeys: all("[accesskey]").map(element => element.accessKey),
    references,
    unresolved: references.filter(([, , id]) => !document.getElementById(id)).map(one => one.join(" ")),
    stray,
    forms,
    summary: words(document.querySelector("#error-summary a") ?? document.createElement("p")),
    message: words(document.querySelector(".fl-err") ?? document.createElement("p")),
    hidden_prefix: words(document.querySelector(".fl-err .fl-vh") ?? document.createElement("p")),
    switch: all(".fl-language li > *").map(one => ({
      tag: one.tagName, href: one.getAttribute("href"), lang: one.lang, hreflang: one.getAttribute("hreflang"),
      current: one.getAttribute("aria-current"),
    })),
    parts: all("body > *").map(name),
    help: help ? all("a", help).map(link => [words(link), link.pathname]) : [],
    help_is_last_in: help ? [name(help.closest("body > *")), help.parentElement.lastElementChild === help] : [],
    focused: document.activeElement.id,
    provider_names: all(".fl-provider").map(words),
    links: all("a[href]").map(link => ({
      words: words(link), target: link.target, rel: link.rel, href: link.getAttribute("href"),
    })),
  };
}
