/** One form at a time is shown: the number, then the code, then who is signed in. */
export const LOGIN_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Sign in</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/login.css" />
    <script type="module" src="/login.js"></script>
  </head>
  <body>
    <main>
      <form id="number" hidden>
        <h1>Sign in</h1>
        <label for="mobile">Your mobile number</label>
        <input id="mobile" type="tel" autocomplete="tel" placeholder="081-234-5678" required />
        <button>Send me a code</button>
      </form>

      <form id="code" hidden>
        <h1>Enter the code</h1>
        <p>Sent to <b id="mask"></b> · Ref: <b id="ref"></b></p>
        <label for="digits">Code in the SMS</label>
        <input id="digits" inputmode="numeric" autocomplete="one-time-code" maxlength="10" required />
        <p><span id="left"></span></p>
        <button>Sign in</button>
        <button id="resend" type="button" class="quiet">Send another code</button>
        <button id="back" type="button" class="quiet">Use another number</button>
      </form>

      <form id="welcome" hidden>
        <h1>You are signed in</h1>
        <p>as <b id="me"></b></p>
        <button>Sign out</button>
      </form>

      <p id="message" role="alert"></p>
    </main>
  </body>
</html>
`;
