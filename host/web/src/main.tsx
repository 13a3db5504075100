import { render } from "preact";
import { App } from "./App";
import { connect } from "./state/connection";
import { listenToKeys } from "./state/keyboard";
import { recallStart } from "./state/start";
import { keepTitle } from "./state/title";
import { followPrompts } from "./state/prompt-reports";
import "./state/theme";
import "./styles/main.css";

render(<App />, document.getElementById("app")!);
listenToKeys();
keepTitle();
followPrompts();
void recallStart();
void connect();
