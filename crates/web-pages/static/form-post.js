// Carries the answer on to the application (OAuth 2.0 Form Post Response Mode); without script a button does it.
"use strict";
HTMLFormElement.prototype.submit.call(document.forms[0]);
