// Shows openapi.json in the page; the token that is typed in stays in this page.
window.addEventListener("DOMContentLoaded", () => {
  SwaggerUIBundle({ url: "../openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null });
});
