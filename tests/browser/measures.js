// What a page measures at the width it has now: gives what sticks out, what is cut off and what is too small to press.
() => {
  const all = selector => [...document.querySelectorAll(selector)];
  const name = element => `${element.tagName.toLowerCase()}.${element.className} "${element.textContent.trim().slice(0, 30)}"`;
  const boxOf = element => element.getBoundingClientRect();
  // A table may scroll in a box of its own (WCAG 2.2, 1.4.10).
  const isShown = element => element.checkVisibility() && !element.closest(".fl-vh, .fl-skip, .fl-table-box > *")
    && !element.matches(".fl-table-box");
  const size = element => {
    const box = boxOf(element);
    return `${name(element)} ${Math.round(box.width * 10) / 10}x${Math.round(box.height * 10) / 10}`;
  };
  // A link inside a sentence is as high as its line (WCAG 2.5.8 excepts it): its paragraph says more than its links do.
  const isInSentence = link => {
    const paragraph = link.closest("p, li, td, h1, h2, h3");
    if (!paragraph || !(getComputedStyle(link).display === "inline" || link.matches(".fl-whole"))) return false;
    const rest = paragraph.cloneNode(true);
    for (const other of rest.querySelectorAll("a, button")) other.remove();
    return rest.textContent.trim() !== "";
  };
  const shown = all("body *").filter(isShown);
  // What one presses by itself; the first stop of the keyboard too, which stands outside the page until then.
  const targets = all("a[href], button, label, summary").filter(one => isShown(one) || one.matches(".fl-skip"));
  const names = all(".fl-n").filter(one => one.checkVisibility() && !one.closest(".fl-vh"));
  return {
    width: innerWidth,
    scroll: document.documentElement.scrollWidth,
    beyond: shown.filter(one => boxOf(one).right > innerWidth + 0.5 || boxOf(one).left < -0.5).map(size),
    clipped: shown.filter(one => {
      const look = getComputedStyle(one);
      const hides = look.overflowX !== "visible" || look.overflowY !== "visible" || look.textOverflow === "ellipsis";
      return hides && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1);
    }).map(size),
    spilling: shown.filter(one => one.children.length === 0 && one.textContent.trim() && !one.closest("svg")).filter(one => {
      const range = document.createRange();
      range.selectNodeContents(one);
      return [...range.getClientRects()].some(box => box.right > innerWidth + 0.5);
    }).map(size),
    // 44 px high, and as wide as its words, which are never narrower than 24 px.
    small: targets.filter(one => !isInSentence(one) && (boxOf(one).height < 44 || boxOf(one).width < 24)).map(size),
    count: targets.length,
    // Names that stand on two lines.
    broken: names.filter(one => new Set([...one.getClientRects()].map(box => Math.round(box.top))).size !== 1)
      .map(one => one.textContent),
    names: names.length,
  };
}
