import { render } from "preact";
import { App } from "./App";
import { connect } from "./state/connection";
import { listenToKeys } from "./state/keyboard";
import { recallStart } from "./state/start";
import { keepTitle } from "./state/title";
import { countTokens } from "./state/tokens";
import "./state/theme";
import "./styles/main.css";

render(<App />, document.getElementById("app")!);
listenToKeys();
keepTitle();
countTokens();
void recallStart();
void connect();
