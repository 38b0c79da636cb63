// The calls my.ap.imgRisk, my.ap.imgRiskCallback and my.textRiskIdentification for code that runs off the phone: they
// go to moderation-emulator over HTTP. Everything else of an existing `my` stays what it is.
//
//   Node, Jest, a mini program:  const { my, createMy, install } = require('./my.cjs')    touches no global
//   a page, a simulator:         <script src="http://127.0.0.1:8080/alipay/my.js">        adds to the global my
//
//   createMy({ url, account, pid })     a my of its own
//   install(my, { url, account, pid })  the same calls in a my that is there
//
// `url` is the emulator's, `account` the one of its accounts that calls, `pid` stands in calls that bring none. With
// `errorType: 'number'` an error of the network is the number 12 instead of a text, as the emulator's own may be set to.
// The application's own work is left to it: nothing is waited for, sent twice, or parsed in riskResult.
(function (root) {
  'use strict';

  // How Node's own modules are had. Not written as a call of require, which those that pack a program would follow.
  var loading = 'require';
  var modules = typeof module === 'object' && module && typeof module[loading] === 'function'
    ? function (name) { return module[loading](name); }
    : null;

  var SERVED_BY = '';
  var ERROR_TYPE = 'string';

  // What each call takes and tells, for canIUse; below a parameter what it may hold.
  var RESULT = ['riskResult', 'riskResultDesc', 'success', 'uniqueId'];
  var CALLS = {
    'ap.imgRisk': { takes: { pid: [], appId: [], bizContext: ['risk_type', 'content'] }, tells: RESULT },
    'ap.imgRiskCallback': { takes: { pid: [], appId: [], bizContext: ['risk_type', 'apply_id'] }, tells: RESULT },
    textRiskIdentification: { takes: { content: [], type: ['keyword', '0', '1', '2', '3'] }, tells: ['result'] },
  };

  function createMy(options, target) {
    return install(target || {}, options);
  }

  function install(target, options) {
    var settings = options || {};
    var native = target.request; // as it is now: one that is put in its place later may call us
    target.ap = target.ap || {};
    target.ap.imgRisk = caller('ap.imgRisk');
    target.ap.imgRiskCallback = caller('ap.imgRiskCallback');
    target.textRiskIdentification = caller('textRiskIdentification');
    var usable = target.canIUse;
    target.canIUse = function (name) {
      return isOurs(String(name)) || (typeof usable === 'function' && usable.call(target, name));
    };
    return target;

    function caller(name) {
      return function (params) { return call(name, params || {}, settings, native, target); };
    }
  }

  // The forms of the vendor's page: API, API.object.parameter.option, API.return.property and API.callback.property.
  function isOurs(name) {
    return Object.keys(CALLS).some(function (call) {
      if (name === call) return true;
      if (name.indexOf(call + '.') !== 0) return false;
      var asked = name.slice(call.length + 1).split('.');
      var takes = CALLS[call].takes, parameter = asked[1], option = asked[2];
      if (['object', 'return', 'callback'].indexOf(asked[0]) < 0 || asked.length > 3) return false;
      if (asked.length === 1) return true;
      if (asked[0] !== 'object') return asked.length === 2 && CALLS[call].tells.indexOf(parameter) >= 0;
      if (['success', 'fail', 'complete'].indexOf(parameter) >= 0) return asked.length === 2;
      if (!Object.prototype.hasOwnProperty.call(takes, parameter)) return false;
      return asked.length === 2 || takes[parameter].indexOf(option) >= 0;
    });
  }

  // success or fail, then complete, each once and never before the call has returned; the promise says the same.
  function call(name, params, settings, native, target) {
    var answered = new Promise(function (resolve, reject) {
      // Whatever is thrown here, by a transport or by parameters that are no JSON, is as good as no network.
      try {
        var send = transport(native, target);
        send(address(name, settings), written(params, settings), function (status, text) {
          var body = parsed(text);
          if (status < 400 && body) resolve(body);
          else reject(body || unreachable('HTTP ' + status + ' with a body that is no JSON', settings));
        }, function (error) { reject(unreachable(error, settings)); });
      } catch (error) {
        reject(unreachable(error, settings));
      }
    });
    if (params.success || params.fail || params.complete) {
      // This also counts as handling the promise, or a callback-style program would die of an unhandled rejection.
      // An error thrown in a callback is not swallowed: it is the unhandled rejection of this second promise.
      answered.then(told(params, 'success'), told(params, 'fail'));
    }
    return answered;
  }

  function told(params, outcome) {
    return function (body) {
      try {
        if (typeof params[outcome] === 'function') params[outcome](body);
      } finally {
        if (typeof params.complete === 'function') params.complete(body);
      }
    };
  }

  // -- what is sent

  function address(name, settings) {
    var base = settings.url || root.__EMULATOR_URL__ || SERVED_BY || fromEnvironment() || 'http://127.0.0.1:8080';
    var query = settings.account ? '?account=' + encodeURIComponent(settings.account) : '';
    return base.replace(/\/+$/, '') + '/alipay/my.' + name + query;
  }

  function fromEnvironment() {
    return typeof process === 'object' && process.env && process.env.EMULATOR_URL;
  }

  function written(params, settings) {
    var sent = {};
    if (settings.pid) sent.pid = settings.pid;
    Object.keys(params).forEach(function (key) {
      if (typeof params[key] !== 'function') sent[key] = params[key];
    });
    return JSON.stringify(sent);
  }

  // -- how it is sent: `done` gets the HTTP status and the text, `failed` what went wrong before there was an answer

  function transport(native, target) {
    if (typeof root.fetch === 'function') return byFetch;
    if (native) return byContainer(target, native);
    // In a mini program my is a name of its own, no property of the global object.
    if (typeof my === 'object' && my && my !== target && my.request) return byContainer(my, my.request);
    if (typeof root.XMLHttpRequest === 'function') return byXmlHttpRequest;
    if (modules) return byNode;
    throw new Error('neither fetch, my.request, XMLHttpRequest nor the modules of Node are here');
  }

  function byFetch(url, body, done, failed) {
    root.fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: body })
      .then(function (response) {
        return response.text().then(function (text) { done(response.status, text); });
      })
      .catch(failed);
  }

  function byContainer(container, request) {
    return function (url, body, done, failed) {
      request.call(container, {
        url: url,
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        data: body,
        dataType: 'text',
        success: function (response) { done(response.status || response.statusCode || 200, response.data); },
        // An HTTP status from 300 comes here as error 19, with the body.
        fail: function (error) {
          if (error && error.data) done(error.status || error.statusCode || 400, error.data);
          else failed(error);
        },
      });
    };
  }

  function byXmlHttpRequest(url, body, done, failed) {
    var request = new root.XMLHttpRequest();
    request.open('POST', url);
    request.setRequestHeader('Content-Type', 'application/json');
    request.onload = function () { done(request.status, request.responseText); };
    request.onerror = request.onabort = request.ontimeout = function () { failed('XMLHttpRequest: no answer'); };
    request.send(body);
  }

  // Where Node's own are hidden, as in the node environment of Jest 27, and in Node before 18.
  function byNode(url, body, done, failed) {
    Promise.resolve(modules(url.indexOf('https:') === 0 ? 'https' : 'http')).then(function (http) {
      var options = { method: 'POST', headers: { 'Content-Type': 'application/json' } };
      var sent = http.request(url, options, function (response) {
        var text = '';
        response.setEncoding('utf8');
        response.on('data', function (part) { text += part; });
        response.on('end', function () { done(response.statusCode, text); });
        response.on('error', failed);
      });
      sent.on('error', failed);
      sent.end(body);
    }).catch(failed);
  }

  // -- what came back

  function parsed(text) {
    if (typeof text !== 'string') return text; // a my.request that parses whatever dataType says
    try {
      return JSON.parse(text);
    } catch (error) {
      return null;
    }
  }

  // As the container tells that the network failed, in the type in which the emulator tells its codes.
  function unreachable(error, settings) {
    var cause = error && error.cause ? ' (' + (error.cause.message || error.cause.code) + ')' : '';
    var reason = (error && (error.errorMessage || error.message)) || String(error);
    var isNumber = (settings.errorType || ERROR_TYPE) === 'number';
    return { error: isNumber ? 12 : '12', errorCode: '12', errorMessage: '网络出错: ' + reason + cause };
  }

  if (typeof module === 'object' && module.exports) {
    module.exports = { my: createMy(), createMy: createMy, install: install };
  } else {
    root.my = install(root.my || {});
  }
})(typeof globalThis === 'object' ? globalThis : this);
